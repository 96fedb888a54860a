/** Progress of an upload, and which files were not stored and why. */
import { tally } from "./upload-state";
import type { Upload } from "./use-upload";

const LISTED_AT_MOST = 200;

export function UploadPanel({ upload }: { upload: Upload }) {
  if (upload.files.length === 0) return null;
  const { nDone, nStored, nRefused, fraction } = tally(upload.files);
  const listed = [...upload.files].sort((a, b) => Number(b.state === "refused") - Number(a.state === "refused"));
  return (
    <section className="upload-panel" aria-label="Upload">
      <header>
        <strong role="status">
          {upload.isSending ? `Sending ${nDone} of ${upload.files.length}` : `${nStored} stored`}
          {nRefused > 0 && `, ${nRefused} refused`}
        </strong>
        <button type="button" className="quiet" onClick={upload.dismiss}>
          {upload.isSending ? "Stop" : "Close"}
        </button>
      </header>
      <div className="progress">
        <div style={{ width: `${Math.round(fraction * 100)}%` }} />
      </div>
      <ul>
        {listed.slice(0, LISTED_AT_MOST).map((file, index) => (
          <li key={`${file.name}-${index}`} className={file.state}>
            <span>{file.name}</span>
            <span>{file.state === "refused" ? file.reason : file.state}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
