/**
 * Dose grids with their scale and planes where all other images have them.
 *
 * Source: DICOM PS3.3 sec. C.8.8.3 (RT Dose): value = stored x Dose Grid Scaling; Grid Frame Offset Vector gives the
 * planes along the normal, from the first one, or (axial, first number not 0) as patient coordinates z.
 */
import { planeAxes } from "../overlays/orientation";
import { type Vector, vectorOf } from "../overlays/vectors";
import { type Dataset, number, numbers, TAG } from "./json-model";

/** Return a data set with rescale and plane positions; one that is no dose grid comes back as it is. */
export function withDose(dataset: Dataset): Dataset {
  const scaling = number(dataset, "DoseGridScaling");
  if (scaling === undefined) return dataset;
  const scaled = {
    ...dataset,
    [TAG.RescaleSlope]: { vr: "DS", Value: [scaling] },
    [TAG.RescaleIntercept]: { vr: "DS", Value: [0] },
  };
  const positions = planePositions_mm(dataset);
  if (!positions) return scaled;
  const groups = positions.map((position) => ({
    [TAG.PlanePositionSequence]: {
      vr: "SQ",
      Value: [{ [TAG.ImagePositionPatient]: { vr: "DS", Value: [...position] } }],
    },
  }));
  return { ...scaled, [TAG.PerFrameFunctionalGroups]: { vr: "SQ", Value: groups } };
}

function planePositions_mm(dataset: Dataset): Vector[] | undefined {
  const offsets = numbers(dataset, "GridFrameOffsetVector");
  const axes = planeAxes(numbers(dataset, "ImageOrientationPatient"));
  const first = vectorOf(numbers(dataset, "ImagePositionPatient"));
  if (!axes || !first || offsets.length !== number(dataset, "NumberOfFrames")) return undefined;
  const [start = 0] = offsets;
  if (start !== 0) return offsets.map((z): Vector => [first[0], first[1], z]);
  const { normal } = axes;
  return offsets.map((d): Vector => [first[0] + d * normal[0], first[1] + d * normal[1], first[2] + d * normal[2]]);
}
