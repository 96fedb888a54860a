/** Store DICOM files, one request each, so that every file has its own result. Source: DICOM PS3.18 sec. 10.5. */
import { upload } from "../http/upload";
import { type Dataset, items, number, text } from "./json-model";
import { ROOT } from "./studies";

export interface StoreOutcome {
  isStored: boolean;
  reason: string;
}

const BOUNDARY = "isocenter-file-boundary";

export async function storeFile(
  file: File,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<StoreOutcome> {
  const head = `--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`;
  const body = new Blob([head, file, `\r\n--${BOUNDARY}--\r\n`]);
  const answer = await upload(`${ROOT}/studies`, body, {
    contentType: `multipart/related; type="application/dicom"; boundary=${BOUNDARY}`,
    accept: "application/dicom+json",
    acceptStatuses: [409],
    onProgress,
    signal,
  });
  return outcomeOf(answer);
}

/** Read the answer to a store request. Source: PS3.18 sec. 10.5.3 and annex I.2, reasons PS3.4 sec. GG.4.2. */
export function outcomeOf(answer: unknown): StoreOutcome {
  const dataset = (Array.isArray(answer) ? answer[0] : answer) as Dataset & { title?: string; detail?: string };
  const failed = items(dataset, "FailedSopSequence")[0] ?? items(dataset, "OtherFailuresSequence")[0];
  if (failed) {
    const reason = text(failed, "ErrorComment") || failureMeaning(number(failed, "FailureReason"));
    return { isStored: false, reason };
  }
  const stored = items(dataset, "ReferencedSopSequence")[0];
  if (stored) {
    const warning = number(stored, "WarningReason");
    return {
      isStored: true,
      reason: warning ? `stored, with warning ${hex(warning)}` : text(stored, "ReferencedSopInstanceUid"),
    };
  }
  return {
    isStored: false,
    reason: dataset?.detail ?? dataset?.title ?? "The server did not say what became of the file.",
  };
}

function failureMeaning(code: number | undefined): string {
  if (code === undefined) return "The archive refused the file without a reason.";
  const family = code >> 8;
  if (family === 0xa7) return `The archive is out of space (${hex(code)}).`;
  if (family === 0xa9) return `The file does not match its kind of object (${hex(code)}).`;
  if (family === 0xc0 || family === 0xc1) return `The archive could not understand the file (${hex(code)}).`;
  if (code === 0x0122) return `This kind of object is not stored here (${hex(code)}).`;
  if (code === 0x0124) return `You are not allowed to store (${hex(code)}).`;
  if (code === 0x0110) return `The archive failed while storing (${hex(code)}).`;
  return `The archive refused the file (${hex(code)}).`;
}

function hex(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
