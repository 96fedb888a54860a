/** Store DICOM files, one request each, so that every file has its own result. Source: DICOM PS3.18 sec. 10.5. */
import { upload } from "../http/upload";
import { sayIn } from "../language/words";
import { type Dataset, items, number, text } from "./json-model";
import { ROOT } from "./studies";
import { WORDS } from "./words";

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
      reason: warning ? sayIn(WORDS)("warned", { code: hex(warning) }) : text(stored, "ReferencedSopInstanceUid"),
    };
  }
  return {
    isStored: false,
    reason: dataset?.detail ?? dataset?.title ?? sayIn(WORDS)("unsaid"),
  };
}

/** Source: PS3.4 sec. GG.4.2, PS3.7 annex C. */
function failureMeaning(code: number | undefined): string {
  const say = sayIn(WORDS);
  if (code === undefined) return say("no-reason");
  const meanings = { 167: "space", 169: "mismatch", 192: "unreadable", 193: "unreadable" } as const;
  const exact = { 290: "kind", 292: "forbidden", 272: "failed" } as const;
  const meaning = meanings[(code >> 8) as keyof typeof meanings] ?? exact[code as keyof typeof exact] ?? "refused";
  return say(meaning, { code: hex(code) });
}

function hex(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
