/**
 * What hanging protocols need to know, from the headers of a study.
 *
 * One image stands for a series, except where every image may show another view. Sources: DICOM PS3.3 sec. C.7.3.1
 * (General Series), C.7.6.1 (General Image), C.8.11.7 (Mammography Image), C.8.21.3 (X-Ray 3D frames: anatomy).
 */
import { allText, type Dataset, items, number, text, values } from "../dicomweb/json-model";
import { middleImage } from "../dicomweb/middle-image";
import { seriesMetadata } from "../dicomweb/retrieve";
import type { Series } from "../dicomweb/studies";
import { findSeries } from "../dicomweb/studies";
import { orientationLetters, planeAxes, planeName } from "../overlays/orientation";
import { frameNumbers, framesOf, pixelSpacing_mm } from "../viewport/frames";
import type { SeriesFacts, StudyFacts } from "./facts";
import { viewOfCode } from "./view-codes";

/** Modalities of which each image may show another view. */
const BY_IMAGE = new Set(["MG", "CR", "DX", "IO", "PX"]);
/** What the middle image is asked for. */
export const ASKED = [
  "BodyPartExamined",
  "ImageType",
  "ProtocolName",
  "ImageOrientationPatient",
  "SharedFunctionalGroupsSequence",
  "NumberOfFrames",
  "SliceThickness",
  "ConvolutionKernel",
  "ContrastBolusAgent",
  "FrameOfReferenceUID",
  "Laterality",
  "StudyDate",
  "StudyDescription",
  "Rows",
  "Columns",
];

/** Return what a study is, for choosing and filling a protocol. */
export async function studyFacts(studyUid: string, given?: readonly Series[]): Promise<StudyFacts> {
  const all = given ?? (await findSeries(studyUid));
  const read = await Promise.all(all.map(readSeries));
  const [first] = read.flatMap(({ datasets }) => datasets);
  return {
    uid: studyUid,
    date: text(first, "StudyDate"),
    description: text(first, "StudyDescription"),
    series: read.flatMap(({ series, datasets }) => seriesFacts(series, datasets)),
  };
}

async function readSeries(series: Series): Promise<{ series: Series; datasets: Dataset[] }> {
  if (BY_IMAGE.has(series.modality)) {
    return { series, datasets: await seriesMetadata(series.studyUid, series.uid) };
  }
  const middle = await middleImage(series, ASKED);
  return { series, datasets: middle ? [middle] : [] };
}

/** Return the series, or each view of it. */
export function seriesFacts(series: Series, datasets: readonly Dataset[]): SeriesFacts[] {
  if (!BY_IMAGE.has(series.modality)) return [factsOf(series, datasets[0])];
  const pictures = datasets.filter((dataset) => number(dataset, "Rows"));
  const views = new Map<string, Dataset[]>();
  for (const dataset of pictures) {
    const { laterality, view, modifiers, nFrames, intent } = factsOf(series, dataset);
    const key = JSON.stringify([laterality, view, modifiers, nFrames > 1, intent]);
    views.set(key, [...(views.get(key) ?? []), dataset]);
  }
  if (views.size <= 1) return [{ ...factsOf(series, pictures[0]), nImages: pictures.length }];
  return [...views.values()].map((datasetsOfView) => ({
    ...factsOf(series, datasetsOfView[0]),
    nImages: datasetsOfView.length,
    instanceUids: datasetsOfView.map((dataset) => text(dataset, "SOPInstanceUID")),
  }));
}

function factsOf(series: Series, dataset: Dataset | undefined): SeriesFacts {
  const [frame] = dataset ? framesOf([dataset]) : [];
  const anatomy = frame?.groups.flatMap((group) => items(group, "FrameAnatomySequence"))[0];
  const [view] = items(dataset, "ViewCodeSequence");
  const plane = frame && planeAxes(frameNumbers(frame, "PlaneOrientationSequence", "ImageOrientationPatient"));
  const nFrames = number(dataset, "NumberOfFrames") ?? 1;
  const spacing = frame && pixelSpacing_mm(frame);
  const [rows, columns] = [number(dataset, "Rows"), number(dataset, "Columns")];
  const [alongRow, alongColumn] = values(dataset, "PatientOrientation").map(String);
  return {
    studyUid: series.studyUid,
    seriesUid: series.uid,
    number: series.number ?? 0,
    modality: series.modality,
    description: series.description,
    protocolName: text(dataset, "ProtocolName"),
    bodyPart: text(dataset, "BodyPartExamined"),
    laterality: text(dataset, "ImageLaterality") || text(anatomy, "FrameLaterality") || text(dataset, "Laterality"),
    view: text(dataset, "ViewPosition").toUpperCase() || viewOfCode(text(view, "CodeValue")),
    modifiers: items(view, "ViewModifierCodeSequence").map(
      (item) => text(item, "CodeMeaning") || text(item, "CodeValue"),
    ),
    plane: plane ? (planeName(plane.normal).replace("oblique ", "") as SeriesFacts["plane"]) : "",
    imageType: values(dataset, "ImageType").map(String),
    intent: text(dataset, "PresentationIntentType"),
    kernel: allText(dataset, "ConvolutionKernel"),
    contrast: text(dataset, "ContrastBolusAgent"),
    thickness_mm: number(dataset, "SliceThickness"),
    nImages: Math.max(series.nInstances ?? 1, nFrames),
    nFrames,
    frameOfReferenceUid: text(dataset, "FrameOfReferenceUID"),
    orientation:
      alongRow && alongColumn
        ? [alongRow, alongColumn]
        : plane && [orientationLetters(plane.row), orientationLetters(plane.column)],
    size_mm: spacing && rows && columns ? { width: columns * spacing.column, height: rows * spacing.row } : undefined,
  };
}
