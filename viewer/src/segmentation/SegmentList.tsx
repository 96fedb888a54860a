/** The segments of one segmentation: chosen, named, coded, coloured, hidden, removed, with their volumes. */
import { useEffect, useReducer, useState } from "react";
import { problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { showImage } from "../measurements/show-image";
import { cielabOf, type Rgb, rgbOf } from "./cielab";
import { copyOf } from "./copy-segmentation";
import { KindChoice } from "./KindChoice";
import { measureSegments } from "./measure-segments";
import { newSegment } from "./new-segment";
import type { SegmentationDisplay } from "./SegmentationDisplay";
import type { SegmentationKeeper } from "./SegmentationKeeper";
import { cssColour, type Segment } from "./segment";
import type { SegmentKind } from "./segment-codes";
import { extentsOf, volumeText } from "./segment-extents";
import type { StudySegmentations } from "./study-segmentations";
import { WORDS } from "./words";

interface SegmentListProps {
  study: StudySegmentations;
  keeper: SegmentationKeeper;
  display: SegmentationDisplay | undefined;
  isActive: boolean;
  onChoose: () => void;
  onCopied: (copy: SegmentationKeeper) => void;
  onTrouble: (text: string) => void;
}

export function SegmentList({ study, keeper, display, isActive, onChoose, onCopied, onTrouble }: SegmentListProps) {
  const say = useWords(WORDS);
  const { segmentation } = keeper;
  const [edited, setEdited] = useState<number>();
  const [isAdding, setAdding] = useState(false);
  const [, drawAgain] = useReducer((n: number) => n + 1, 0);
  useEffect(() => segmentation.subscribe(drawAgain), [segmentation]);
  const [measuring, setMeasuring] = useState("");
  const extents = extentsOf(segmentation);
  const measure = async () => {
    onTrouble("");
    setMeasuring(say("measuring"));
    const tell = (done: number, total: number) => setMeasuring(say("reading", { done, total }));
    try {
      await measureSegments(study.studyUid, keeper, tell);
    } catch (thrown) {
      onTrouble(`${say("failed")}: ${problemOf(thrown).title}`);
    } finally {
      setMeasuring("");
    }
  };
  const isOpen = !segmentation.isForeign && segmentation.isComplete;
  const change = (label: number, changes: Partial<Segment>) =>
    segmentation.setSegments(segmentation.segments.map((one) => (one.label === label ? { ...one, ...changes } : one)));
  const add = (kind: SegmentKind) => {
    const segment = newSegment(kind, segmentation.segments);
    if (!segment) return;
    segmentation.setSegments([...segmentation.segments, segment]);
    segmentation.choose(segment.label);
    onChoose();
    setAdding(false);
  };
  const remove = ({ label }: Segment) => {
    const changed = segmentation.images.flatMap((_, image) => (segmentation.labelsOn(image).has(label) ? [image] : []));
    for (const image of changed) {
      const labels = segmentation.labels[image] as Uint8Array;
      for (let at = labels.indexOf(label); at >= 0; at = labels.indexOf(label, at + 1)) labels[at] = 0;
    }
    const rest = segmentation.segments.filter((one) => one.label !== label);
    segmentation.commit(changed, rest);
    if (segmentation.activeLabel === label) segmentation.choose(rest[0]?.label ?? 0);
  };
  const goTo = ({ label }: Segment) => {
    const image = extents.get(label)?.largestImage;
    const reference = image === undefined ? undefined : segmentation.images[image]?.reference;
    if (reference) void showImage(study.studyUid, reference);
  };
  return (
    <>
      {segmentation.isForeign && <p className="segment-note">{say("foreign")}</p>}
      {!segmentation.isComplete && <p className="segment-note">{say("loading")}</p>}
      {segmentation.nMissing > 0 && <p className="segment-note">{say("unplaced", { count: segmentation.nMissing })}</p>}
      <ul>
        {segmentation.segments.map((segment) => {
          const { label, name } = segment;
          const isHidden = display?.isHidden(segmentation, label) ?? false;
          const isChosen = isOpen && isActive && label === segmentation.activeLabel;
          return (
            <li key={label} className="segment" data-testid="segment" data-chosen={isChosen} data-hidden={isHidden}>
              {isOpen ? (
                <input
                  type="color"
                  className="segment-colour"
                  aria-label={say("colour", { name })}
                  value={hexOf(rgbOf(segment.colour))}
                  onChange={(event) => change(label, { colour: cielabOf(rgbOfHex(event.target.value)) })}
                />
              ) : (
                <span className="segment-colour" style={{ background: cssColour(segment) }} />
              )}
              {isOpen && isChosen ? (
                <NameInput
                  name={name}
                  label={say("name", { name })}
                  onName={(given) => change(label, { name: given })}
                />
              ) : (
                <button
                  type="button"
                  className="segment-name"
                  aria-pressed={isChosen}
                  title={typeText(segment)}
                  onClick={() => {
                    if (isOpen) {
                      segmentation.choose(label);
                      onChoose();
                    } else goTo(segment);
                  }}
                >
                  {name}
                </button>
              )}
              <button
                type="button"
                className="segment-volume"
                aria-label={say("goTo", { name })}
                data-testid="segment-volume"
                disabled={!extents.has(label)}
                onClick={() => goTo(segment)}
              >
                {volumeText(extents.get(label))}
              </button>
              <span className="measurement-acts">
                <button
                  type="button"
                  className="quiet"
                  aria-pressed={isHidden}
                  aria-label={say(isHidden ? "unhide" : "hide", { name })}
                  onClick={() => {
                    display?.setHidden(segmentation, [label], !isHidden);
                    drawAgain();
                  }}
                >
                  {isHidden ? "◌" : "◉"}
                </button>
                {isOpen && (
                  <button
                    type="button"
                    className="quiet"
                    disabled={segmentation.segments.length === 1}
                    title={segmentation.segments.length === 1 ? say("last") : undefined}
                    aria-label={say("remove", { name })}
                    onClick={() => remove(segment)}
                  >
                    ✕
                  </button>
                )}
              </span>
              {isChosen && (
                <button
                  type="button"
                  className="segment-type"
                  aria-expanded={edited === label}
                  title={typeText(segment)}
                  onClick={() => setEdited(edited === label ? undefined : label)}
                >
                  {segment.type.meaning} ({segment.type.value}, {segment.type.scheme})
                </button>
              )}
              {isChosen && edited === label && (
                <KindChoice
                  onKind={({ category, type }) => {
                    change(label, { category, type });
                    setEdited(undefined);
                  }}
                />
              )}
            </li>
          );
        })}
      </ul>
      <div className="segment-line">
        {segmentation.isComplete && (
          <button
            type="button"
            className="quiet"
            title={say("measureHint")}
            disabled={extents.size === 0 || measuring !== ""}
            onClick={() => void measure()}
          >
            {measuring || say("measure")}
          </button>
        )}
        {isOpen && (
          <button type="button" className="quiet" aria-expanded={isAdding} onClick={() => setAdding(!isAdding)}>
            + {say("add")}
          </button>
        )}
        {segmentation.isForeign && segmentation.isComplete && (
          <button
            type="button"
            className="quiet"
            onClick={() => onCopied(copyOf(study, segmentation, say("copyName", { name: segmentation.name })))}
          >
            {say("copy")}
          </button>
        )}
      </div>
      {isOpen && isAdding && <KindChoice onKind={add} />}
    </>
  );
}

function NameInput({ name, label, onName }: { name: string; label: string; onName: (name: string) => void }) {
  const [edited, setEdited] = useState(name);
  useEffect(() => setEdited(name), [name]);
  const finish = () => {
    const given = edited.trim();
    if (given && given !== name) onName(given);
    else setEdited(name);
  };
  return (
    <input
      type="text"
      className="segment-name"
      maxLength={64}
      aria-label={label}
      value={edited}
      onChange={(event) => setEdited(event.target.value)}
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") setEdited(name);
      }}
    />
  );
}

function typeText({ category, type, modifiers }: Segment): string {
  const whole = [type, ...modifiers].map(({ meaning }) => meaning).join(", ");
  return `${category.meaning}: ${whole} (${type.value}, ${type.scheme})`;
}

function hexOf(rgb: Rgb): string {
  return `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function rgbOfHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
