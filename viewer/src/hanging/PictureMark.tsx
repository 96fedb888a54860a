/** Which side and view a picture without a place in the patient shows, and whether it is a prior. */
import { items, text } from "../dicomweb/json-model";
import { useFormats } from "../language/formats";
import { useWords } from "../language/words";
import type { Frame } from "../viewport/frames";
import { viewOfCode } from "./view-codes";
import { WORDS } from "./words";

interface PictureMarkProps {
  frame: Frame;
  isPrior: boolean;
}

export function PictureMark({ frame: { dataset, groups }, isPrior }: PictureMarkProps) {
  const say = useWords(WORDS);
  const { date } = useFormats();
  const anatomy = groups.flatMap((group) => items(group, "FrameAnatomySequence"))[0];
  const isBreast = text(dataset, "Modality") === "MG";
  const side = text(dataset, "ImageLaterality") || text(anatomy, "FrameLaterality");
  const view = text(dataset, "ViewPosition") || viewOfCode(text(items(dataset, "ViewCodeSequence")[0], "CodeValue"));
  const viewText = isBreast ? [side, view].filter(Boolean).join(" ") : "";
  if (!viewText && !isPrior) return null;
  return (
    <div className="picture-mark">
      {viewText && <span>{viewText}</span>}
      {isPrior && (
        <span className="prior-mark">{say("prior-mark", { date: date(text(dataset, "StudyDate")) || "?" })}</span>
      )}
    </div>
  );
}
