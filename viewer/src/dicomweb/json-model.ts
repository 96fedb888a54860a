/** Read values from the DICOM JSON model. Source: DICOM PS3.18 annex F. */

export interface Element {
  vr?: string;
  Value?: unknown[];
  BulkDataURI?: string;
  InlineBinary?: string;
}

/** A data set in the DICOM JSON model: eight hexadecimal digits to element. */
export type Dataset = Record<string, Element | undefined>;

/** The tags that the viewer reads, by keyword. */
export const TAG = {
  ViewModifierCodeSequence: "00540222",
  ViewCodeSequence: "00540220",
  FrameLaterality: "00209072",
  FrameAnatomySequence: "00209071",
  ImageLaterality: "00200062",
  Laterality: "00200060",
  PatientOrientation: "00200020",
  ViewPosition: "00185101",
  ContrastBolusAgent: "00180010",
  PresentationIntentType: "00080068",
  SOPClassUID: "00080016",
  SOPInstanceUID: "00080018",
  StudyDate: "00080020",
  AcquisitionDateTime: "0008002A",
  StudyTime: "00080030",
  AccessionNumber: "00080050",
  Modality: "00080060",
  ModalitiesInStudy: "00080061",
  Manufacturer: "00080070",
  InstitutionName: "00080080",
  StudyDescription: "00081030",
  SeriesDescription: "0008103E",
  ManufacturerModelName: "00081090",
  DerivationDescription: "00082111",
  ImageType: "00080008",
  SourceImageSequence: "00082112",
  DerivationCodeSequence: "00089215",
  CodeMeaning: "00080104",
  CodeValue: "00080100",
  CodingSchemeDesignator: "00080102",
  PatientName: "00100010",
  PatientID: "00100020",
  PatientBirthDate: "00100030",
  PatientSex: "00100040",
  PatientAge: "00101010",
  BodyPartExamined: "00180015",
  SliceThickness: "00180050",
  KVP: "00180060",
  RepetitionTime: "00180080",
  EchoTime: "00180081",
  MagneticFieldStrength: "00180087",
  ProtocolName: "00181030",
  SoftwareVersions: "00181020",
  DateOfLastCalibration: "00181200",
  FrameTime: "00181063",
  CineRate: "00180040",
  RecommendedDisplayFrameRate: "00082144",
  XRayTubeCurrent: "00181151",
  ConvolutionKernel: "00181210",
  ImagerPixelSpacing: "00181164",
  FlipAngle: "00181314",
  ContributionDateTime: "0018A002",
  ContributionDescription: "0018A003",
  ContributingEquipmentSequence: "0018A001",
  PurposeOfReferenceCodeSequence: "0040A170",
  ReconstructionAlgorithm: "00189315",
  ReconstructionAlgorithmMr: "00189756",
  ReconstructionMethod: "00541103",
  StudyInstanceUID: "0020000D",
  SeriesInstanceUID: "0020000E",
  SeriesNumber: "00200011",
  FrameOfReferenceUID: "00200052",
  InstanceNumber: "00200013",
  ImagePositionPatient: "00200032",
  ImageOrientationPatient: "00200037",
  SliceLocation: "00201041",
  NumberOfStudyRelatedSeries: "00201206",
  NumberOfStudyRelatedInstances: "00201208",
  NumberOfSeriesRelatedInstances: "00201209",
  SamplesPerPixel: "00280002",
  PhotometricInterpretation: "00280004",
  NumberOfFrames: "00280008",
  Rows: "00280010",
  Columns: "00280011",
  PixelSpacing: "00280030",
  WindowCenter: "00281050",
  WindowWidth: "00281051",
  RescaleIntercept: "00281052",
  RescaleSlope: "00281053",
  RescaleType: "00281054",
  WindowExplanation: "00281055",
  VoiLutFunction: "00281056",
  BitsStored: "00280101",
  HighBit: "00280102",
  PixelRepresentation: "00280103",
  ModalityLutSequence: "00283000",
  VoiLutSequence: "00283010",
  PresentationLutShape: "20500020",
  RedPaletteDescriptor: "00281101",
  GreenPaletteDescriptor: "00281102",
  BluePaletteDescriptor: "00281103",
  RedPaletteData: "00281201",
  GreenPaletteData: "00281202",
  BluePaletteData: "00281203",
  LossyImageCompression: "00282110",
  Units: "00541001",
  SeriesDate: "00080021",
  AcquisitionDate: "00080022",
  SeriesTime: "00080031",
  AcquisitionTime: "00080032",
  PatientSize: "00101020",
  PatientWeight: "00101030",
  RadiopharmaceuticalStartTime: "00181072",
  RadionuclideTotalDose: "00181074",
  RadionuclideHalfLife: "00181075",
  RadiopharmaceuticalStartDateTime: "00181078",
  RadiopharmaceuticalInformationSequence: "00540016",
  CorrectedImage: "00280051",
  DecayCorrection: "00541102",
  SuvType: "00541006",
  SequenceOfUltrasoundRegions: "00186011",
  RegionSpatialFormat: "00186012",
  RegionDataType: "00186014",
  RegionFlags: "00186016",
  RegionLocationMinX0: "00186018",
  RegionLocationMinY0: "0018601A",
  RegionLocationMaxX1: "0018601C",
  RegionLocationMaxY1: "0018601E",
  ReferencePixelX0: "00186020",
  ReferencePixelY0: "00186022",
  PhysicalUnitsXDirection: "00186024",
  PhysicalUnitsYDirection: "00186026",
  ReferencePixelPhysicalValueX: "00186028",
  ReferencePixelPhysicalValueY: "0018602A",
  PhysicalDeltaX: "0018602C",
  PhysicalDeltaY: "0018602E",
  RealWorldValueMappingSequence: "00409096",
  ContentDate: "00080023",
  ContentTime: "00080033",
  RegistrationSequence: "00700308",
  MatrixRegistrationSequence: "00700309",
  MatrixSequence: "0070030A",
  FrameOfReferenceTransformationMatrix: "300600C6",
  DoseUnits: "30040002",
  DoseGridScaling: "3004000E",
  GridFrameOffsetVector: "3004000C",
  BitsAllocated: "00280100",
  RealWorldValueSlope: "00409225",
  RealWorldValueIntercept: "00409224",
  FirstValueMapped: "00409216",
  LastValueMapped: "00409211",
  DoubleFirstValueMapped: "00409214",
  DoubleLastValueMapped: "00409213",
  RealWorldValueLutData: "00409212",
  ReferencedImageRealWorldValueMappingSequence: "00409094",
  ReferencedImageSequence: "00081140",
  ReferencedFrameNumber: "00081160",
  MeasurementUnitsCodeSequence: "004008EA",
  SharedFunctionalGroups: "52009229",
  PerFrameFunctionalGroups: "52009230",
  PlanePositionSequence: "00209113",
  PlaneOrientationSequence: "00209116",
  PixelMeasuresSequence: "00289110",
  PixelValueTransformationSequence: "00289145",
  FrameVoiLutSequence: "00289132",
  FailedSopSequence: "00081198",
  OtherFailuresSequence: "0008119A",
  ErrorComment: "00000902",
  ReferencedSopSequence: "00081199",
  ReferencedSopInstanceUid: "00081155",
  WarningReason: "00081196",
  FailureReason: "00081197",
} as const;

export type Keyword = keyof typeof TAG;

/** Return the values of an attribute, empty when it is absent or empty. */
export function values(dataset: Dataset | undefined, keyword: Keyword): unknown[] {
  return dataset?.[TAG[keyword]]?.Value ?? [];
}

/** Return the first value as text, or "". A person's name gives its first non-empty component group. */
export function text(dataset: Dataset | undefined, keyword: Keyword): string {
  return asText(values(dataset, keyword)[0]);
}

/** Return all values as text, joined as DICOM joins them. */
export function allText(dataset: Dataset | undefined, keyword: Keyword, separator = "\\"): string {
  return values(dataset, keyword).map(asText).filter(Boolean).join(separator);
}

/** Return the first value as a number, or undefined; decimal strings may come as numbers or as text. */
export function number(dataset: Dataset | undefined, keyword: Keyword): number | undefined {
  return numbers(dataset, keyword)[0];
}

/** Return the values as numbers; one value that is no number makes the whole attribute unusable. */
export function numbers(dataset: Dataset | undefined, keyword: Keyword): number[] {
  const found = values(dataset, keyword).map((value) => (value === null || value === "" ? Number.NaN : Number(value)));
  return found.every(Number.isFinite) ? found : [];
}

/** Return the items of a sequence. */
export function items(dataset: Dataset | undefined, keyword: Keyword): Dataset[] {
  return values(dataset, keyword).filter((item): item is Dataset => typeof item === "object" && item !== null);
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") {
    const name = value as { Alphabetic?: string; Ideographic?: string; Phonetic?: string };
    return name.Alphabetic || name.Ideographic || name.Phonetic || "";
  }
  return String(value).trim();
}
