/** The segmentations of the series on the screen: segments, tools, what can be done to them, and whether they are saved. */
import { useEffect, useReducer, useRef, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { useWords } from "../language/words";
import { SaveIndicator } from "../measurements/SaveIndicator";
import { useSession } from "../session/session-context";
import type { PointerTool } from "../tools/pointer-tool";
import { FIRST_TOOL } from "../tools/tool-set";
import { currentImage } from "./current-image";
import { FIRST_KIND, newSegment } from "./new-segment";
import type { SegmentationKeeper } from "./SegmentationKeeper";
import { SegmentList } from "./SegmentList";
import { SegmentTools } from "./SegmentTools";
import { useStudySegmentations } from "./use-study-segmentations";
import { WORDS } from "./words";
import type { Form } from "./write-segmentation";
import "./segmentation.css";

interface SegmentationPanelProps {
  studyUid: string;
  /** Series of the active cell. */
  seriesUid: string | undefined;
  tool: PointerTool;
  onTool: (tool: PointerTool) => void;
}

export function SegmentationPanel({ studyUid, seriesUid, tool, onTool }: SegmentationPanelProps) {
  const say = useWords(WORDS);
  const { user } = useSession();
  const { study, display, isOpening, isTaking, problem, open } = useStudySegmentations(
    studyUid,
    personName(user.display_name),
  );
  const [isShown, setShown] = useState(false);
  const [chosen, setChosen] = useState<SegmentationKeeper>();
  const [trouble, setTrouble] = useState("");
  const [, drawAgain] = useReducer((n: number) => n + 1, 0);

  const keepers = study.all.filter(({ segmentation }) => segmentation.seriesUid === seriesUid);
  const editable = keepers.filter(({ segmentation }) => !segmentation.isForeign);
  const active = chosen && editable.includes(chosen) ? chosen : editable[0];
  const segmentation = active?.segmentation.isComplete ? active.segmentation : undefined;

  useEffect(() => display?.activate(segmentation), [display, segmentation]);
  useEffect(() => segmentation?.subscribe(drawAgain), [segmentation]);

  const begin = async () => {
    try {
      if (seriesUid) await study.images.load(seriesUid);
      const image = currentImage(study, seriesUid);
      if (!image) return;
      const segment = newSegment(FIRST_KIND, []);
      setChosen(study.begin(image, say("defaultName", { number: editable.length + 1 }), segment ? [segment] : []));
      setTrouble("");
    } catch (thrown) {
      setTrouble(thrown instanceof Error ? thrown.message : String(thrown));
    }
  };

  // A tool needs something to mark: the first one begins a segmentation by itself.
  const isMarking = tool.kind === "segment";
  const isBeginning = useRef(false);
  useEffect(() => {
    if (!isMarking) return;
    setShown(true);
    if (editable.length > 0 || isOpening || isBeginning.current) return;
    isBeginning.current = true;
    void begin().finally(() => {
      isBeginning.current = false;
    });
  }, [isMarking, seriesUid, isOpening, editable.length]);

  const latest = useRef({ segmentation, active, isMarking, display });
  latest.current = { segmentation, active, isMarking, display };
  useEffect(() => {
    // While segments are drawn, the keys that undo and save are theirs and not those of the measurements.
    const listen = (event: KeyboardEvent) => {
      const now = latest.current;
      if (!now.isMarking || !now.segmentation || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      if (event.target instanceof HTMLInputElement && event.target.type === "text") return;
      const key = event.key.toLowerCase();
      if (!"zys".includes(key) || key.length !== 1) return;
      now.display?.takeDrawn();
      if (key === "s") void now.active?.save();
      else if (key === "z" && !event.shiftKey) now.segmentation.undo();
      else now.segmentation.redo();
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    addEventListener("keydown", listen, true);
    return () => removeEventListener("keydown", listen, true);
  }, []);

  const setForm = (keeper: SegmentationKeeper, form: Form) => {
    keeper.form = form;
    drawAgain();
  };
  const nSegments = keepers.reduce((count, keeper) => count + keeper.segmentation.segments.length, 0);
  if (!isShown) {
    return (
      <button
        type="button"
        className="measurement-tab segment-tab"
        aria-label={`${say("title")} ${nSegments}: ${say("show")}`}
        onClick={() => setShown(true)}
      >
        {say("title")} {nSegments}
      </button>
    );
  }
  return (
    <aside className="measurement-panel segment-panel" aria-label={say("title")} aria-busy={isOpening || isTaking}>
      <header>
        <h1>
          {say("title")} <span className="measurement-count">{nSegments}</span>
        </h1>
        <button
          type="button"
          className="quiet"
          aria-label={say("close")}
          onClick={() => {
            setShown(false);
            if (isMarking) onTool(FIRST_TOOL);
          }}
        >
          ›
        </button>
      </header>
      {segmentation && (
        <SegmentTools
          study={study}
          segmentation={segmentation}
          display={display}
          tool={tool}
          onTool={onTool}
          onTrouble={setTrouble}
        />
      )}
      {trouble && (
        <p className="segment-trouble" role="alert">
          {trouble}
        </p>
      )}
      {problem && (
        <ProblemNotice problem={{ ...problem, title: `${say("openFailed")}: ${problem.title}` }} onRetry={open} />
      )}
      {keepers.length === 0 && !problem && <p className="soft">{say(isOpening ? "opening" : "none")}</p>}
      {keepers.map((keeper) => (
        <section key={keeper.segmentation.id} data-testid="segmentation">
          <h2>{keeper.segmentation.name}</h2>
          {!keeper.segmentation.isForeign && (
            <>
              <SaveIndicator state={keeper.saveState} onSave={() => void keeper.save()} />
              <label className="segment-line segment-form">
                {say("savedAs")}{" "}
                <select value={keeper.form} onChange={({ target }) => setForm(keeper, target.value as Form)}>
                  <option value="BINARY">{say("binary")}</option>
                  <option value="LABELMAP">{say("labelMap")}</option>
                </select>
              </label>
            </>
          )}
          <SegmentList
            study={study}
            keeper={keeper}
            display={display}
            isActive={keeper === active}
            onChoose={() => setChosen(keeper)}
            onCopied={setChosen}
            onTrouble={setTrouble}
          />
        </section>
      ))}
      <div className="segment-line">
        <button type="button" className="quiet" disabled={isOpening || !seriesUid} onClick={() => void begin()}>
          + {say("newSegmentation")}
        </button>
        <button type="button" className="quiet" disabled={isOpening} title={say("lookAgainHint")} onClick={open}>
          {say("lookAgain")}
        </button>
      </div>
    </aside>
  );
}

/** A display name as a DICOM person name: without the signs that have a meaning there. */
function personName(name: string): string {
  return name
    .replace(/[\\^=]/g, " ")
    .slice(0, 64)
    .trim();
}
