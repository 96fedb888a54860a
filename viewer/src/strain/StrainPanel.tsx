/** Strain along a line: which view and beat, the line, then curves and numbers, which can be kept. */
import { useEffect, useReducer, useState, useSyncExternalStore } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { dateTimeOf } from "../dicomweb/moments";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import type { Measurement } from "../measurements/measurement";
import { measurementsOf } from "../measurements/open-studies";
import type { StudyMeasurements } from "../measurements/study-measurements";
import { measurementsOfStrain } from "./keep-strain";
import { StrainCurves } from "./StrainCurves";
import { FEWEST_POINTS, type StrainDesk, type StrainState } from "./StrainDesk";
import { COLOURS, LEFT_OUT, type Segment, segmentsOf, VIEW_NAMES, type ViewName } from "./segments";
import type { Strain } from "./strain-api";
import { LEVEL_WORDS, VIEW_WORDS, WALL_WORDS, WORDS } from "./words";
import "./strain.css";

interface StrainPanelProps {
  desk: StrainDesk;
  /** The frame that is shown, from 1. */
  frame: number;
  onFrame: (frame: number) => void;
  onClose: () => void;
}

export function StrainPanel({ desk, frame, onFrame, onClose }: StrainPanelProps) {
  const say = useWords(WORDS);
  const state = useSyncExternalStore(desk.subscribe, desk.now);
  const { loop, share, problem, found } = state;
  return (
    <aside className="strain-panel" aria-label={say("strain")}>
      <header>
        <h1>{say("strain")}</h1>
        <button type="button" className="quiet" onClick={onClose}>
          {say("close")}
        </button>
      </header>
      {!loop && <p className="soft">{say("no-loop")}</p>}
      {loop && <Choices desk={desk} state={state} />}
      {loop && !found && share === undefined && <Drawing desk={desk} state={state} onFrame={onFrame} />}
      {share !== undefined && (
        <div className="strain-progress">
          <progress max={1} value={share} aria-label={say("following")} />
          <p>
            {say("following")} {Math.round(100 * share)} %
          </p>
          <button type="button" onClick={() => desk.stop()}>
            {say("stop")}
          </button>
        </div>
      )}
      {problem && <ProblemNotice problem={problem} />}
      {found && <Found desk={desk} state={state} found={found} frame={frame} onFrame={onFrame} />}
    </aside>
  );
}

function Choices({ desk, state }: { desk: StrainDesk; state: StrainState }) {
  const say = useWords(WORDS);
  const sayView = useWords(VIEW_WORDS);
  const { view, first, last, isWholeBeat, loop } = state;
  const number = (name: "first" | "last", value: number) => (
    <label>
      {say(name)}
      <input
        type="number"
        min={1}
        max={loop?.nFrames}
        value={value}
        onChange={(event) => desk.chooseBeat({ [name]: Number(event.target.value) })}
      />
    </label>
  );
  return (
    <div className="strain-choices">
      <label>
        {say("view")}
        <select value={view} onChange={(event) => desk.chooseView(event.target.value as ViewName)}>
          {VIEW_NAMES.map((name) => (
            <option key={name} value={name}>
              {sayView(name)}
            </option>
          ))}
        </select>
      </label>
      {number("first", first)}
      {number("last", last)}
      <label className="strain-whole">
        <input
          type="checkbox"
          checked={isWholeBeat}
          onChange={(event) => desk.chooseBeat({ isWholeBeat: event.target.checked })}
        />
        {say("whole")}
      </label>
    </div>
  );
}

function Drawing({
  desk,
  state,
  onFrame,
}: { desk: StrainDesk; state: StrainState } & Pick<StrainPanelProps, "onFrame">) {
  const say = useWords(WORDS);
  const sayWall = useWords(WALL_WORDS);
  const { points, view, frame, loop } = state;
  const [base] = segmentsOf(view);
  const lines = useLines(loop);
  return (
    <>
      <p>{say("draw", { wall: base ? sayWall(base.wall) : "" })}</p>
      <p className="soft" role="status">
        {say("points", { count: points.length, frame })}
      </p>
      <div className="strain-acts">
        <button type="button" disabled={points.length < FEWEST_POINTS} onClick={() => void desk.follow()}>
          {say("follow")}
        </button>
        <button type="button" className="quiet" disabled={points.length === 0} onClick={() => desk.removeLast()}>
          {say("take-back")}
        </button>
        <button type="button" className="quiet" disabled={points.length === 0} onClick={() => desk.drawAgain()}>
          {say("draw-again")}
        </button>
        {lines.map(({ trackingUid, trackingId, label, place }) => (
          <button
            key={trackingUid}
            type="button"
            className="quiet"
            onClick={() => {
              if (place.on !== "image") return;
              desk.take(
                place.points_px.map(([column, row]) => [column - 0.5, row - 0.5]),
                place.image.frame,
              );
              onFrame(place.image.frame);
            }}
          >
            {say("along", { name: label || trackingId })}
          </button>
        ))}
      </div>
    </>
  );
}

/** The open lines that were drawn in a loop before, long enough to be a wall. */
function useLines(loop: StrainState["loop"]): Measurement[] {
  const study = loop && measurementsOf(loop.studyUid);
  const [, drawAgain] = useReducer((n: number) => n + 1, 0);
  useEffect(() => study?.subscribe(drawAgain), [study]);
  return (study?.list ?? []).filter(
    ({ kind, isClosed, place }) =>
      kind === "PlanarFreehandROI" &&
      !isClosed &&
      place.on === "image" &&
      place.image.sopInstanceUid === loop?.instanceUid &&
      place.points_px.length >= FEWEST_POINTS,
  );
}

interface FoundProps extends Pick<StrainPanelProps, "desk" | "frame" | "onFrame"> {
  state: StrainState;
  found: Strain;
}

function Found({ desk, state, found, frame, onFrame }: FoundProps) {
  const say = useWords(WORDS);
  const [sayView, sayLevel, sayWall] = [useWords(VIEW_WORDS), useWords(LEVEL_WORDS), useWords(WALL_WORDS)];
  const [problem, setProblem] = useState<Problem>();
  const { view, loop, isKept } = state;
  const title = `GLS ${sayView(view)}`;
  const nameOf = ({ level, wall }: Segment) => `${sayLevel(level)} ${sayWall(wall)}`;
  const keep = async () => {
    if (!loop) return;
    setProblem(undefined);
    try {
      await keepIn(measurementsOf(loop.studyUid), found, state, (segment) => (segment ? nameOf(segment) : title));
      desk.keep();
    } catch (thrown) {
      setProblem(problemOf(thrown));
    }
  };
  return (
    <>
      <StrainCurves found={found} frame={frame} onFrame={onFrame} />
      <table className="strain-values">
        <thead>
          <tr>
            <th scope="col">{say("segment")}</th>
            <th scope="col">{say("peak")}</th>
            <th scope="col">{say("at-end")}</th>
          </tr>
        </thead>
        <tbody>
          {segmentsOf(view).map((segment, index) => {
            const strain = found.segments[index]?.strain;
            return (
              <tr key={nameOf(segment)}>
                <th scope="row">
                  <span
                    className="strain-colour"
                    style={{ background: strain ? COLOURS[index] : LEFT_OUT }}
                    aria-hidden="true"
                  />
                  {nameOf(segment)}
                </th>
                {strain ? (
                  <>
                    <td>{percent(strain.peak)}</td>
                    <td>{percent(strain.at_end_systole)}</td>
                  </>
                ) : (
                  <td colSpan={2}>{say("left-out")}</td>
                )}
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          {found.global && (
            <tr>
              <th scope="row">{title}</th>
              <td>{percent(found.global.peak)}</td>
              <td>{percent(found.global.at_end_systole)}</td>
            </tr>
          )}
        </tfoot>
      </table>
      {!found.global && <p>{say("no-global")}</p>}
      <p className="soft">{say("end-systole", { frame: found.end_systole })}</p>
      <p className="soft">
        {found.drift_mm === null ? say("no-drift") : say("drift", { mm: found.drift_mm.toFixed(1) })}
      </p>
      {problem && <ProblemNotice problem={problem} />}
      <div className="strain-acts">
        <button type="button" disabled={isKept} onClick={() => void keep()}>
          {say(isKept ? "kept" : "keep")}
        </button>
        <button type="button" className="quiet" onClick={() => desk.turnAround()}>
          {say("turn")}
        </button>
        <button type="button" className="quiet" onClick={() => desk.drawAgain()}>
          {say("draw-again")}
        </button>
      </div>
    </>
  );
}

async function keepIn(
  study: StudyMeasurements,
  found: Strain,
  { loop, view }: StrainState,
  nameOf: (segment: Segment | undefined) => string,
): Promise<void> {
  if (!loop) return;
  await study.images.load(loop.seriesUid);
  const image = study.images.find(loop.instanceUid, found.first);
  if (!image) throw new Error("The image of end-diastole is not among those of the series.");
  const authorship = { observer: study.observer, observedAt: dateTimeOf(study.now()) };
  study.change([...study.list, ...measurementsOfStrain(found, view, image, nameOf, authorship)]);
}

function percent(value: number): string {
  return `${value.toFixed(1).replace("-", "−")} %`;
}
