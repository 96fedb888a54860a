/** Which side and view a picture without a place in the patient shows, and whether it is a prior. */
import { items, text } from "../dicomweb/json-model";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import type { Frame } from "../viewport/frames";
import { viewOfCode } from "./view-codes";
import { WORDS } from "./words";

interface PictureMarkProps {
  frame: Frame;
  /** Day of the study that is read (YYYYMMDD or ""), where this is another one. */
  readOn: string | undefined;
}

export function PictureMark({ frame: { dataset, groups }, readOn }: PictureMarkProps) {
  const say = useWords(WORDS);
  const { date } = useFormats();
  const anatomy = groups.flatMap((group) => items(group, "FrameAnatomySequence"))[0];
  const isBreast = text(dataset, "Modality") === "MG";
  const side = text(dataset, "ImageLaterality") || text(anatomy, "FrameLaterality");
  const view = text(dataset, "ViewPosition") || viewOfCode(text(items(dataset, "ViewCodeSequence")[0], "CodeValue"));
  const viewText = isBreast ? [side, view].filter(Boolean).join(" ") : "";
  const day = text(dataset, "StudyDate");
  if (!viewText && readOn === undefined) return null;
  const isLater = readOn !== undefined && readOn !== "" && day > readOn;
  return (
    <div className="picture-mark">
      {viewText && <span>{viewText}</span>}
      {readOn !== undefined && (
        <span className="prior-mark">{say(isLater ? "later-mark" : "prior-mark", { date: date(day) || "?" })}</span>
      )}
    </div>
  );
}
