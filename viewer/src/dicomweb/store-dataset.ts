/** Store a data set that has no bulk data, as DICOM JSON. Source: DICOM PS3.18 sec. 10.5.1 (Store Request). */
import { ProblemError } from "../http/problem";
import { send } from "../http/request";
import { type Dataset, text } from "./json-model";
import { outcomeOf } from "./store";
import { ROOT } from "./studies";

const BOUNDARY = "isocenter-dataset-boundary";

/** Store the data set in its study; raises a problem when the archive did not keep it. */
export async function storeDataset(dataset: Dataset): Promise<void> {
  const body = [
    `--${BOUNDARY}`,
    "Content-Type: application/dicom+json",
    "",
    JSON.stringify([dataset]),
    `--${BOUNDARY}--`,
    "",
  ].join("\r\n");
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
    throw new ProblemError({ title: "The archive did not keep this", status: answer.status, detail: outcome.reason });
  }
}
