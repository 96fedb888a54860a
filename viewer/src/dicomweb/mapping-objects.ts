/**
 * Real world value mappings that objects of their own state for the images of a study.
 *
 * Source: DICOM PS3.3 sec. A.46 (Real World Value Mapping object), C.7.6.16.2.11 (Real World Value Mapping).
 */
import { getJson } from "../http/request";
import { type Dataset, items, number, numbers, TAG, text } from "./json-model";
import { bytesOf } from "./palette";

const SERIES_MODALITY = "RWV";

/** Mappings for an image; `frames` from 1, none for all of them. */
interface Stated {
  frames: readonly number[];
  mappings: readonly Dataset[];
}

export type MappedImages = ReadonlyMap<string, readonly Stated[]>;

const known = new Map<string, Promise<MappedImages>>();

/** Return what the mapping objects of a study say, by SOP instance; asked for once. */
export function mappedImages(studyUid: string, root: string): Promise<MappedImages> {
  const asked = known.get(studyUid) ?? fetchMapped(`${root}/studies/${encodeURIComponent(studyUid)}/series`);
  known.set(studyUid, asked);
  asked.catch(() => known.delete(studyUid));
  return asked;
}

async function fetchMapped(path: string): Promise<MappedImages> {
  const series = await getJson<Dataset[]>(`${path}?Modality=${SERIES_MODALITY}`, "application/dicom+json");
  const objects = await Promise.all(
    series.map((one) =>
      getJson<Dataset[]>(
        `${path}/${encodeURIComponent(text(one, "SeriesInstanceUID"))}/metadata`,
        "application/dicom+json",
      ),
    ),
  );
  return imagesIn(await Promise.all(objects.flat().map(withTables)));
}

/** Return a data set whose long tables, which explicit VRs write as UN, are numbers. Source: PS3.5 sec. 6.2.2. */
async function withTables(dataset: Dataset): Promise<Dataset> {
  const complete: Dataset = { ...dataset };
  const nested = ["ReferencedImageRealWorldValueMappingSequence", "RealWorldValueMappingSequence"] as const;
  for (const sequence of nested) {
    const found = items(dataset, sequence);
    if (found.length === 0) continue;
    complete[TAG[sequence]] = { vr: "SQ", Value: await Promise.all(found.map(withTables)) };
  }
  const table = dataset[TAG.RealWorldValueLutData];
  if (!table || table.Value) return complete;
  const bytes = await bytesOf(dataset, TAG.RealWorldValueLutData);
  const view = bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbersIn = view && Array.from({ length: view.byteLength >> 3 }, (_, k) => view.getFloat64(8 * k, true));
  return numbersIn ? { ...complete, [TAG.RealWorldValueLutData]: { vr: "FD", Value: numbersIn } } : complete;
}

/** Return the mappings in objects by the images that they name, those of the newest object first. */
export function imagesIn(objects: readonly Dataset[]): MappedImages {
  const writtenAt = (one: Dataset) => text(one, "ContentDate") + text(one, "ContentTime");
  const found = new Map<string, Stated[]>();
  for (const object of [...objects].sort((a, b) => writtenAt(b).localeCompare(writtenAt(a)))) {
    for (const item of items(object, "ReferencedImageRealWorldValueMappingSequence")) {
      const mappings = items(item, "RealWorldValueMappingSequence");
      for (const image of items(item, "ReferencedImageSequence")) {
        const uid = text(image, "ReferencedSopInstanceUid");
        found.set(uid, [...(found.get(uid) ?? []), { frames: numbers(image, "ReferencedFrameNumber"), mappings }]);
      }
    }
  }
  return found;
}

/** Return an image with the mappings that objects state for it; what it states itself comes first. */
export function withMappings(dataset: Dataset, images: MappedImages): Dataset {
  const stated = images.get(text(dataset, "SOPInstanceUID"));
  if (!stated || hasOwn(dataset)) return dataset;
  const sequence = (mappings: readonly Dataset[]) => ({ vr: "SQ", Value: [...mappings] });
  const forAll = stated.filter(({ frames }) => frames.length === 0).flatMap(({ mappings }) => mappings);
  const nFrames = number(dataset, "NumberOfFrames") ?? 1;
  const groups = items(dataset, "PerFrameFunctionalGroups");
  const perFrame = Array.from({ length: nFrames }, (_, index) => {
    const own = stated.filter(({ frames }) => frames.includes(index + 1)).flatMap(({ mappings }) => mappings);
    const group = groups[index] ?? {};
    return own.length > 0 ? { ...group, [TAG.RealWorldValueMappingSequence]: sequence(own) } : group;
  });
  const isPerFrame = stated.some(({ frames }) => frames.length > 0);
  return {
    ...dataset,
    ...(forAll.length > 0 ? { [TAG.RealWorldValueMappingSequence]: sequence(forAll) } : {}),
    ...(isPerFrame ? { [TAG.PerFrameFunctionalGroups]: { vr: "SQ", Value: perFrame } } : {}),
  };
}

function hasOwn(dataset: Dataset): boolean {
  const groups = [...items(dataset, "SharedFunctionalGroups"), ...items(dataset, "PerFrameFunctionalGroups")];
  return [dataset, ...groups].some((one) => items(one, "RealWorldValueMappingSequence").length > 0);
}
