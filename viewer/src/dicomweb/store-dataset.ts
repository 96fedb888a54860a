/** Store a data set as DICOM JSON, with its pixels beside it. Source: DICOM PS3.18 sec. 10.5.1 (Store Request). */
import { ProblemError } from "../http/problem";
import { send } from "../http/request";
import { sayIn } from "../language/words";
import { type Dataset, text } from "./json-model";
import { outcomeOf } from "./store";
import { ROOT } from "./studies";
import { WORDS } from "./words";

const BOUNDARY = "isocenter-dataset-boundary";

/** Where the metadata say that the pixels are: the Content-Location of their part. */
const PIXELS_PLACE = "pixels";

/** Store the data set in its study; raises a problem when the archive did not keep it. Pixels are plain, little endian. */
export async function storeDataset(dataset: Dataset, pixels?: Uint8Array<ArrayBuffer>): Promise<void> {
  const described = pixels ? { ...dataset, "7FE00010": { vr: "OB", BulkDataURI: PIXELS_PLACE } } : dataset;
  const head = (...lines: string[]) => [`--${BOUNDARY}`, ...lines, "", ""].join("\r\n");
  const body = new Blob([
    head("Content-Type: application/dicom+json"),
    JSON.stringify([described]),
    ...(pixels
      ? ["\r\n", head("Content-Type: application/octet-stream", `Content-Location: ${PIXELS_PLACE}`), pixels]
      : []),
    `\r\n--${BOUNDARY}--\r\n`,
  ]);
  const answer = await send(`${ROOT}/studies/${encodeURIComponent(text(dataset, "StudyInstanceUID"))}`, {
    method: "POST",
    headers: {
      "Content-Type": `multipart/related; type="application/dicom+json"; boundary=${BOUNDARY}`,
      Accept: "application/dicom+json",
    },
    body,
  });
  const outcome = outcomeOf(await answer.json());
  if (!outcome.isStored) {
    throw new ProblemError({ title: sayIn(WORDS)("not-kept"), status: answer.status, detail: outcome.reason });
  }
}
