/**
 * Volume and values of segments, as measurements of the study.
 *
 * What is measured is what the archive keeps: a segmentation is stored first, and the measurement names that state of it.
 * Source: DICOM PS3.16 TID 1411 (Volumetric ROI Measurements).
 */
import { dateTimeOf } from "../dicomweb/moments";
import { newUid } from "../dicomweb/uids";
import type { Measurement, Quantity, SegmentReference } from "../measurements/measurement";
import { measurementsOf } from "../measurements/open-studies";
import { quantitiesOf } from "../measurements/statistics";
import type { StudyImage } from "../measurements/study-images";
import * as codes from "../structured-report/codes";
import { type ImageValues, valuesOf } from "./image-values";
import type { Segmentation } from "./Segmentation";
import type { SegmentationKeeper } from "./SegmentationKeeper";
import { extentsOf } from "./segment-extents";

const MILLILITRE = codes.ucum("ml", "milliliter");
const PIXELS = codes.ucum("{pixels}", "pixels");

/** Measure all segments that mark anything; a segment that was measured before keeps its name and has the new numbers. */
export async function measureSegments(
  studyUid: string,
  keeper: SegmentationKeeper,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const { segmentation } = keeper;
  const values = await grayValues(segmentation, studyUid, onProgress);
  await keeper.save();
  const { reference } = keeper;
  if (!reference || keeper.hasUnsaved) throw new Error("The segmentation could not be stored: nothing was measured.");
  const study = measurementsOf(studyUid);
  const extents = extentsOf(segmentation);
  const observedAt = dateTimeOf(study.now());
  const made = segmentation.segments.flatMap((segment): Measurement[] => {
    const extent = extents.get(segment.label);
    if (!extent) return [];
    const { volume_mL, nPixels } = extent;
    const place: SegmentReference = {
      ...reference,
      number: keeper.numberOf(segment.label),
      sourceSeriesUid: segmentation.seriesUid,
    };
    const before = study.list.find((one) => !one.isForeign && isOf(one, place));
    const volume: Quantity =
      volume_mL === undefined
        ? { concept: codes.VOLUME, value: nPixels, unit: PIXELS }
        : { concept: codes.VOLUME, value: volume_mL, unit: MILLILITRE };
    return [
      {
        kind: undefined,
        place: { on: "segment", segment: place, frameOfReferenceUid: segmentation.images[0]?.frameOfReferenceUid },
        isClosed: false,
        label: before?.label ?? "",
        finding: segment.type,
        site: undefined,
        quantities: [volume, ...(values ? valueQuantities(segmentation, segment.label, values) : [])],
        trackingId: segment.name,
        trackingUid: before?.trackingUid || segment.trackingUid || newUid(),
        observer: study.observer,
        observedAt,
        isForeign: false,
      },
    ];
  });
  const replaced = new Set(made.map(({ trackingUid }) => trackingUid));
  study.change([...study.list.filter(({ trackingUid }) => !replaced.has(trackingUid)), ...made]);
}

/** Whether a measurement is of this segment, in whichever state. */
function isOf({ place }: Measurement, segment: SegmentReference): boolean {
  return (
    place.on === "segment" && place.segment.seriesUid === segment.seriesUid && place.segment.number === segment.number
  );
}

/** Colour pictures have no values: of them the volume is all. */
async function grayValues(
  { images }: Segmentation,
  studyUid: string,
  onProgress: (done: number, total: number) => void,
): Promise<ImageValues[] | undefined> {
  const isColour = images.some(({ frame }) => Number(frame.dataset["00280002"]?.Value?.[0] ?? 1) > 1);
  return isColour ? undefined : valuesOf(images, studyUid, onProgress);
}

function valueQuantities({ layers, images }: Segmentation, label: number, values: readonly ImageValues[]): Quantity[] {
  let [n, mean, squares] = [0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const layer of layers) {
    for (const [image, labels] of layer.entries()) {
      const one = values[image];
      if (!one) continue;
      for (let at = labels.indexOf(label); at >= 0; at = labels.indexOf(label, at + 1)) {
        const value = (one.pixels[at] as number) * one.slope + one.intercept;
        // Welford's sums lose nothing however large the values are.
        n += 1;
        const away = value - mean;
        mean += away / n;
        squares += away * (value - mean);
        min = Math.min(min, value);
        max = Math.max(max, value);
      }
    }
  }
  if (n === 0) return [];
  const stats = { mean, stdDev: Math.sqrt(squares / n), min, max };
  return quantitiesOf("EllipticalROI", stats, images[0] as StudyImage);
}
