/** What a cell says in place of, or over, its picture. */
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import { useWords } from "../language/words";
import type { PictureNotice as Notice } from "./use-viewport";
import { WORDS } from "./words";

export function PictureNotice({ notice }: { notice: Notice }) {
  const say = useWords(WORDS);
  if (notice.kind === "problem") {
    // The picture before this one must not pass for it: what lies below is covered.
    return (
      <div className="picture-notice covering" role="alert">
        <ProblemNotice problem={notice.problem} />
      </div>
    );
  }
  if (notice.kind === "retrying") {
    return (
      <div className="picture-notice covering" role="status">
        <p className="network-notice">{say("retrying", { wait_s: notice.wait_s })}</p>
      </div>
    );
  }
  if (notice.kind === "coarse") {
    return (
      <div className="coarse-notice" role="status">
        {say("coarse")}
      </div>
    );
  }
  const label = notice.kind === "loading" ? say("loading", { done: notice.done, total: notice.total }) : say("opening");
  return (
    <div className="picture-notice">
      <Waiting label={label} />
    </div>
  );
}
