/** Retrieve the metadata of a series, with what the display needs to be complete. Source: DICOM PS3.18 sec. 10.4 (Retrieve). */
import { getJson } from "../http/request";
import { withDose } from "./dose";
import { type Dataset, number, text } from "./json-model";
import { mappedImages, withMappings } from "./mapping-objects";
import { withPalette } from "./palette";
import { ROOT } from "./studies";

const onTheirWay = new Map<string, Promise<Dataset[]>>();

/** Return the metadata of a series; who asks while they are on their way gets the same answer. */
export function seriesMetadata(studyUid: string, seriesUid: string, signal?: AbortSignal): Promise<Dataset[]> {
  if (signal) return fetchSeriesMetadata(studyUid, seriesUid, signal);
  const known = onTheirWay.get(seriesUid);
  if (known) return known;
  const asked = fetchSeriesMetadata(studyUid, seriesUid).finally(() => onTheirWay.delete(seriesUid));
  onTheirWay.set(seriesUid, asked);
  return asked;
}

async function fetchSeriesMetadata(studyUid: string, seriesUid: string, signal?: AbortSignal): Promise<Dataset[]> {
  const path = `${ROOT}/studies/${encodeURIComponent(studyUid)}/series/${encodeURIComponent(seriesUid)}/metadata`;
  const asked = getJson<Dataset[]>(path, "application/dicom+json", signal);
  const [instances, mapped] = await Promise.all([asked, mappedImages(studyUid, ROOT)]);
  const complete = (await Promise.all(instances.map(withPalette)))
    .map(withDose)
    .map((dataset) => withMappings(dataset, mapped));
  remember(seriesUid, complete);
  return complete;
}

export function instancePath(studyUid: string, seriesUid: string, instanceUid: string): string {
  const [study, series, instance] = [studyUid, seriesUid, instanceUid].map(encodeURIComponent);
  return `${ROOT}/studies/${study}/series/${series}/instances/${instance}`;
}

export async function instanceMetadata(studyUid: string, seriesUid: string, instanceUid: string): Promise<Dataset> {
  const path = `${instancePath(studyUid, seriesUid, instanceUid)}/metadata`;
  const [dataset] = await getJson<Dataset[]>(path, "application/dicom+json");
  if (!dataset) throw new Error(`The archive has no metadata of instance ${instanceUid}.`);
  return dataset;
}

const REMEMBERED = 24;
const remembered = new Map<string, Dataset[]>();

function remember(seriesUid: string, instances: Dataset[]): void {
  remembered.delete(seriesUid);
  remembered.set(seriesUid, instances);
  const [oldest] = remembered.keys();
  if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
}

/** Return the metadata of a series as they last came, if that was not long ago: for work that cannot wait for a network. */
export function lastSeriesMetadata(seriesUid: string): readonly Dataset[] | undefined {
  return remembered.get(seriesUid);
}

/** Return any object of a study whose metadata came not long ago: it says whose study it is. */
export function lastInstanceOf(studyUid: string): Dataset | undefined {
  const [found] = [...remembered.values()].flatMap(([first]) => (first ? [first] : [])).filter(isOf(studyUid));
  return found;
}

function isOf(studyUid: string): (dataset: Dataset) => boolean {
  return (dataset) => text(dataset, "StudyInstanceUID") === studyUid;
}

/**
 * The encodings that the viewer decodes itself, fastest for the network. All others the archive decodes: above all
 * lossless JPEG (1.2.840.10008.1.2.4.57 and .70), of which the browser's decoder loses rows in some large images.
 */
const DECODED_HERE = [
  "1.2.840.10008.1.2.5", // RLE
  "1.2.840.10008.1.2.4.50", // JPEG, 8 bits
  "1.2.840.10008.1.2.4.80", // JPEG-LS
  "1.2.840.10008.1.2.4.81",
  "1.2.840.10008.1.2.4.90", // JPEG 2000
  "1.2.840.10008.1.2.4.91",
  "1.2.840.10008.1.2.4.201", // HTJ2K
  "1.2.840.10008.1.2.4.202",
  "1.2.840.10008.1.2.4.203",
];
const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";

/** What to accept for frames. Source: DICOM PS3.18 sec. 8.7.3.5.2. */
const ACCEPT = acceptOf([...DECODED_HERE, EXPLICIT_LITTLE_ENDIAN]);
const ACCEPT_NATIVE = acceptOf([EXPLICIT_LITTLE_ENDIAN]);
/** The browser's decoders know no larger samples: those of dose grids and parametric maps come as they are. */
const MOST_BITS = 16;

/** Return what to accept for the frames of an object. */
export function framesAccept(dataset: Dataset | undefined): string {
  return (number(dataset, "BitsAllocated") ?? MOST_BITS) > MOST_BITS ? ACCEPT_NATIVE : ACCEPT;
}

function acceptOf(syntaxes: readonly string[]): string {
  return syntaxes
    .map((syntax) => `multipart/related; type="application/octet-stream"; transfer-syntax=${syntax}`)
    .join(", ");
}

/** Return the address of one frame (counted from 1) of an instance, absolute because a worker asks for it. */
export function frameAddress(studyUid: string, seriesUid: string, instanceUid: string, frame: number): string {
  return `${location.origin}${instancePath(studyUid, seriesUid, instanceUid)}/frames/${frame}`;
}
