/** A series as the server draws it: which plane, how thick, what over it, and the picture. */
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { Waiting } from "../design/Waiting";
import type { Series } from "../dicomweb/studies";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { COMMAND_WORDS, TOOL_WORDS } from "../tools/words";
import { MEASURING_TOOLS, type MeasuringTool } from "./measuring";
import { ServerView } from "./ServerView";
import { describeSeries, type SeriesDescription } from "./server-view-api";
import "./server-view.css";
import { TURNS } from "./turns";
import { firstState, type Mode, PLANES, UPRIGHT, type ViewState } from "./view-state";
import { WORDS } from "./words";

/** Names that people know from the other pictures. */
const TOOL_IDS = { Length: "length", Angle: "angle", EllipticalROI: "ellipse" } as const;
const SYMBOLS = { rotate: "↻", "flip-horizontal": "⇋", "flip-vertical": "⇅" } as const;
const SLABS_MM = [0, 5, 10, 20, 50, 10_000] as const;

interface ServerSeriesProps {
  studyUid: string;
  seriesUid: string;
  /** What may be laid over it. */
  series: readonly Series[];
  /** Why the server draws, where nobody chose it. */
  why: string | undefined;
  /** What is shown first. */
  mode?: Mode | undefined;
  /** What stands before the choices. */
  children?: ReactNode;
}

export function ServerSeries({ studyUid, seriesUid, series, why, mode, children }: ServerSeriesProps) {
  const say = useWords(WORDS);
  const [found, setFound] = useState<{ described: SeriesDescription; of: string }>();
  const [state, setState] = useState<ViewState>();
  const [problem, setProblem] = useState<Problem>();
  const [tool, setTool] = useState<MeasuringTool>();
  const sayTool = useWords(TOOL_WORDS);
  const sayCommand = useWords(COMMAND_WORDS);

  useEffect(() => {
    const stopped = new AbortController();
    setProblem(undefined);
    setFound(undefined);
    describeSeries(studyUid, seriesUid, stopped.signal)
      .then((described) => {
        setFound({ described, of: seriesUid });
        setState(firstState(described, mode));
      })
      .catch((thrown) => stopped.signal.aborted || setProblem(problemOf(thrown)));
    return () => stopped.abort();
  }, [studyUid, seriesUid]);

  const change = useCallback((by: (state: ViewState) => ViewState) => setState((before) => before && by(before)), []);
  const set = (values: Partial<ViewState>) => change((before) => ({ ...before, ...values }));

  return (
    <section className="server-view-page" aria-label={say("view")}>
      <div className="server-view-bar">
        {children}
        {found && state && (
          <>
            {[...PLANES, "body" as const].map((mode) => (
              <button
                key={mode}
                type="button"
                aria-pressed={state.mode === mode}
                onClick={() => set({ mode, offset_mm: 0, zoom: 1, pan_mm: [0, 0], ...UPRIGHT })}
              >
                {say(mode)}
              </button>
            ))}
            {state.mode === "body" ? (
              <label>
                {say("preset")}
                <select value={state.preset} onChange={(event) => set({ preset: event.target.value })}>
                  {found.described.presets.map((preset) => (
                    <option key={preset}>{preset}</option>
                  ))}
                </select>
              </label>
            ) : (
              <>
                <label>
                  {say("slab")}
                  <select value={state.slab_mm} onChange={(event) => set({ slab_mm: Number(event.target.value) })}>
                    {SLABS_MM.map((mm) => (
                      <option key={mm} value={mm}>
                        {mm === 0 ? say("none") : mm >= 10_000 ? say("all") : `${mm} mm`}
                      </option>
                    ))}
                  </select>
                </label>
                <label>
                  {say("projection")}
                  <select value={state.projection} onChange={(event) => set({ projection: event.target.value })}>
                    {(["max", "min", "mean"] as const).map((each) => (
                      <option key={each} value={each}>
                        {say(each)}
                      </option>
                    ))}
                  </select>
                </label>
                <label>
                  {say("overlay")}
                  <select value={state.overlay} onChange={(event) => set({ overlay: event.target.value })}>
                    <option value="">{say("none")}</option>
                    {series
                      .filter((each) => each.uid !== seriesUid)
                      .map((each) => (
                        <option key={each.uid} value={`${studyUid}/${each.uid}`}>
                          {nameOf(each)}
                        </option>
                      ))}
                  </select>
                </label>
                {state.overlay && (
                  <label>
                    {say("opacity")}
                    <input
                      type="range"
                      min="0"
                      max="1"
                      step="0.05"
                      value={state.opacity}
                      onChange={(event) => set({ opacity: Number(event.target.value) })}
                    />
                  </label>
                )}
              </>
            )}
            {state.mode !== "body" && (
              <fieldset aria-label={say("measure")}>
                {MEASURING_TOOLS.map((name) => (
                  <button
                    key={name}
                    type="button"
                    aria-pressed={tool === name}
                    title={say(name)}
                    onClick={() => setTool(tool === name ? undefined : name)}
                  >
                    {sayTool(TOOL_IDS[name])}
                  </button>
                ))}
              </fieldset>
            )}
            {state.mode !== "body" && (
              <fieldset>
                {TURNS.map(({ name, key, by }) => (
                  <button
                    key={name}
                    type="button"
                    title={`${sayCommand(name)} (${key.toUpperCase()})`}
                    aria-label={sayCommand(name)}
                    onClick={() => change(by)}
                  >
                    {SYMBOLS[name]}
                  </button>
                ))}
              </fieldset>
            )}
            <button
              type="button"
              aria-pressed={state.isInverted}
              disabled={state.mode === "body"}
              onClick={() => set({ isInverted: !state.isInverted })}
            >
              {say("invert")}
            </button>
            <button
              type="button"
              className="quiet"
              title={say("help")}
              onClick={() => setState(firstState(found.described, mode))}
            >
              {say("reset")}
            </button>
          </>
        )}
        {why && <span role="note">{why}</span>}
      </div>
      {problem ? (
        <ProblemNotice problem={problem} />
      ) : found && state ? (
        <ServerView
          key={found.of}
          studyUid={studyUid}
          seriesUid={found.of}
          described={found.described}
          state={state}
          tool={tool}
          onChange={change}
        />
      ) : (
        <Waiting label={say("reading")} />
      )}
    </section>
  );
}

export function nameOf(series: Series): string {
  return [series.modality, series.number, series.description]
    .filter((part) => part !== undefined && part !== "")
    .join(" · ");
}
