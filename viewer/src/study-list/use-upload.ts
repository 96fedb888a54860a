/** Sends dropped files to the archive, a few at a time. */
import { useCallback, useEffect, useRef, useState } from "react";
import { storeFile } from "../dicomweb/store";
import { problemOf } from "../http/problem";
import { changed, type FileState } from "./upload-state";

const AT_A_TIME = 3;

export interface Upload {
  files: readonly FileState[];
  isSending: boolean;
  start: (files: readonly File[]) => void;
  dismiss: () => void;
}

export function useUpload(onDone: () => void): Upload {
  const [files, setFiles] = useState<readonly FileState[]>([]);
  const [isSending, setSending] = useState(false);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);

  const start = useCallback(
    async (given: readonly File[]) => {
      if (given.length === 0) return;
      stop.current = new AbortController();
      const { signal } = stop.current;
      setFiles(given.map(({ name }) => ({ name, state: "waiting", fraction: 0, reason: "" })));
      setSending(true);
      const change = (index: number, state: Partial<FileState>) =>
        signal.aborted || setFiles((now) => changed(now, index, state));
      let next = 0;
      const worker = async () => {
        while (next < given.length && !signal.aborted) {
          const index = next++;
          const file = given[index];
          if (file) change(index, await sent(file, (state) => change(index, state), signal));
        }
      };
      await Promise.all(Array.from({ length: AT_A_TIME }, worker));
      setSending(false);
      onDone();
    },
    [onDone],
  );

  const dismiss = useCallback(() => {
    stop.current.abort();
    setFiles([]);
    setSending(false);
  }, []);

  return { files, isSending, start, dismiss };
}

async function sent(
  file: File,
  onChange: (state: Partial<FileState>) => void,
  signal: AbortSignal,
): Promise<Partial<FileState>> {
  onChange({ state: "sending" });
  try {
    const outcome = await storeFile(file, (fraction) => onChange({ fraction }), signal);
    return { state: outcome.isStored ? "stored" : "refused", reason: outcome.reason };
  } catch (thrown) {
    const { title, detail } = problemOf(thrown);
    return { state: "refused", reason: detail ?? title };
  }
}
