/** Progress of an upload, and which files were not stored and why. */
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import { listed, tally } from "./upload-state";
import type { Upload } from "./use-upload";
import { WORDS } from "./words";

const LISTED_AT_MOST = 200;

export function UploadPanel({ upload }: { upload: Upload }) {
  const say = useWords(WORDS);
  const { number } = useFormats();
  const { files, isSending } = upload;
  if (files.length === 0) return null;
  const { nDone, nStored, nRefused, fraction } = tally(files);
  const percent = Math.round(fraction * 100);
  const parts = [
    isSending
      ? say("sendingOf", { done: number(nDone), total: number(files.length) })
      : say("nStored", { count: number(nStored) }),
    nRefused > 0 ? say("nRefused", { count: number(nRefused) }) : "",
  ];
  return (
    <section className="upload-panel" aria-label={say("upload")}>
      <header>
        <strong role="status">{parts.filter(Boolean).join(", ")}</strong>
        {!isSending && nRefused > 0 && (
          <button type="button" onClick={upload.again}>
            {say("sendAgain")}
          </button>
        )}
        <button type="button" className="quiet" onClick={upload.dismiss}>
          {say(isSending ? "stop" : "clear")}
        </button>
      </header>
      <div
        className="progress"
        role="progressbar"
        aria-label={say("upload")}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <div style={{ width: `${percent}%` }} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by the keyboard */}
      <ul tabIndex={0} aria-label={say("dicomFiles")}>
        {listed(files, LISTED_AT_MOST).map((file, index) => (
          <li key={`${file.name}-${index}`} className={file.state}>
            <span>{file.name}</span>
            <span>{file.state === "refused" ? file.reason : say(file.state)}</span>
          </li>
        ))}
        {files.length > LISTED_AT_MOST && <li>{say("moreFiles", { count: number(files.length - LISTED_AT_MOST) })}</li>}
      </ul>
    </section>
  );
}
