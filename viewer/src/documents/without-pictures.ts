/**
 * Modalities whose objects are read and not looked at.
 *
 * Source: DICOM PS3.3 sec. C.7.3.1.1.1 (Modality), PS3.16 CID 29 and its neighbours. It decides which series is opened
 * first; whether a series has pictures is told by its objects.
 */
const READ = new Set(
  "SEG SR PR KO RTSTRUCT RTPLAN RTRECORD RTINTENT RTSEGANN PLAN REG FID ECG HD EPS RESP EEG EMG EOG AU DOC SMR ASMT RWV M3D KER AR LEN VA SRF IOL OPV OSS CTPROTOCOL XAPROTOCOL STAIN ANN POS TEXTUREMAP".split(
    " ",
  ),
);

export function hasUsuallyPictures(modality: string): boolean {
  return !READ.has(modality);
}
