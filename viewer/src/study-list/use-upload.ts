/** Sends dropped files to the archive, a few at a time, each with its own result. */
import { useCallback, useEffect, useRef, useState } from "react";
import { storeFile } from "../dicomweb/store";
import { problemOf } from "../http/problem";
import { onceSignedIn } from "../session/signed-in";
import type { FileState } from "./upload-state";

const AT_A_TIME = 4;
/** Thousands of small files change faster than anybody can see. */
const SHOW_EVERY_MS = 100;

export interface Upload {
  files: readonly FileState[];
  isSending: boolean;
  start: (files: readonly File[]) => void;
  /** Send those again that were refused. */
  again: () => void;
  dismiss: () => void;
}

export function useUpload(onDone: () => void): Upload {
  const [files, setFiles] = useState<readonly FileState[]>([]);
  const [isSending, setSending] = useState(false);
  const stop = useRef(new AbortController());
  const refused = useRef<readonly File[]>([]);
  useEffect(() => () => stop.current.abort(), []);

  const start = useCallback(
    async (given: readonly File[]) => {
      if (given.length === 0) return;
      stop.current.abort();
      stop.current = new AbortController();
      const { signal } = stop.current;
      const states: FileState[] = given.map(({ name }) => ({ name, state: "waiting", fraction: 0, reason: "" }));
      const show = () => signal.aborted || setFiles(states.map((state) => ({ ...state })));
      show();
      setSending(true);
      const timer = setInterval(show, SHOW_EVERY_MS);
      let next = 0;
      const worker = async () => {
        while (next < given.length && !signal.aborted) {
          const index = next++;
          const [file, state] = [given[index], states[index]];
          if (file && state) await sendInto(state, file, signal);
        }
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, worker));
      clearInterval(timer);
      show();
      if (signal.aborted) return;
      refused.current = given.filter((_, index) => states[index]?.state === "refused");
      setSending(false);
      onDone();
    },
    [onDone],
  );

  const again = useCallback(() => start(refused.current), [start]);
  const dismiss = useCallback(() => {
    stop.current.abort();
    setFiles([]);
    setSending(false);
  }, []);

  return { files, isSending, start, again, dismiss };
}

async function sendInto(state: FileState, file: File, signal: AbortSignal): Promise<void> {
  state.state = "sending";
  try {
    const onProgress = (fraction: number) => {
      state.fraction = fraction;
    };
    const outcome = await onceSignedIn(() => storeFile(file, onProgress, signal), signal);
    state.state = outcome.isStored ? "stored" : "refused";
    state.reason = outcome.reason;
  } catch (thrown) {
    const { title, detail } = problemOf(thrown);
    state.state = "refused";
    state.reason = detail ?? title;
  }
}
