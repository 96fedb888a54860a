/** One view that the server draws: scroll, window, turn; the value under the pointer in its unit. */
import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { orientationLetters } from "../overlays/orientation";
import { Newest } from "./newest";
import {
  drawnPicture,
  placeOf,
  type SeriesDescription,
  type ServerPicture,
  type Vector,
  valueAt,
} from "./server-view-api";
import { queryOf, scrolled, turned, type ViewState, windowed } from "./view-state";
import { WORDS } from "./words";

const MAX_SIDE = 1400;
const KEYS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

interface ServerViewProps {
  studyUid: string;
  seriesUid: string;
  described: SeriesDescription;
  state: ViewState;
  onChange: (change: (state: ViewState) => ViewState) => void;
}

export function ServerView({ studyUid, seriesUid, described, state, onChange }: ServerViewProps) {
  const say = useWords(WORDS);
  const place = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<readonly [number, number]>();
  const [picture, setPicture] = useState<ServerPicture>();
  const [problem, setProblem] = useState<Problem>();
  const [value, setValue] = useState<number>();
  const dragged = useRef<{ x: number; y: number } | undefined>(undefined);

  const pictures = useMemo(
    () =>
      new Newest(
        ({ mode, query }: { mode: string; query: URLSearchParams }, signal: AbortSignal) =>
          drawnPicture(studyUid, seriesUid, mode === "body" ? "body" : "plane", query, signal),
        (drawn) => {
          setProblem(undefined);
          setPicture(drawn);
        },
        (thrown) => setProblem(problemOf(thrown)),
      ),
    [studyUid, seriesUid],
  );
  const readings = useMemo(
    () =>
      new Newest(
        (at: Vector, signal: AbortSignal) => valueAt(studyUid, seriesUid, at, signal),
        setValue,
        () => setValue(undefined),
      ),
    [studyUid, seriesUid],
  );
  useEffect(() => () => pictures.stop(), [pictures]);
  useEffect(() => () => readings.stop(), [readings]);
  useEffect(() => () => picture && URL.revokeObjectURL(picture.address), [picture]);

  useEffect(() => {
    if (size) pictures.ask({ mode: state.mode, query: queryOf(state, size) });
  }, [pictures, state, size]);

  useEffect(() => {
    const shown = place.current;
    if (!shown) return;
    const watch = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = shown;
      const scale = Math.min(1, MAX_SIDE / Math.max(clientWidth, clientHeight, 1));
      setSize([Math.max(1, Math.round(clientWidth * scale)), Math.max(1, Math.round(clientHeight * scale))]);
    });
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      onChange((before) => scrolled(before, described, Math.sign(event.deltaY)));
    };
    watch.observe(shown);
    shown.addEventListener("wheel", wheel, { passive: false });
    return () => {
      watch.disconnect();
      shown.removeEventListener("wheel", wheel);
    };
  }, [described, onChange]);

  const move = (event: PointerEvent<HTMLDivElement>) => {
    const from = dragged.current;
    if (from) {
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      dragged.current = { x: event.clientX, y: event.clientY };
      onChange((before) => (before.mode === "body" ? turned(before, dx, dy) : windowed(before, described, dx, dy)));
      return;
    }
    const image = place.current?.querySelector("img");
    if (!picture || !image || state.mode === "body") return setValue(undefined);
    const box = image.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * picture.size[0] - 0.5;
    const y = ((event.clientY - box.top) / box.height) * picture.size[1] - 0.5;
    readings.ask(placeOf(picture, x, y));
  };

  const letters = picture && {
    right: orientationLetters(picture.row),
    left: orientationLetters(negative(picture.row)),
    bottom: orientationLetters(picture.column),
    top: orientationLetters(negative(picture.column)),
  };
  return (
    <div
      ref={place}
      className="server-view"
      role="application"
      aria-label={say("view")}
      aria-busy={!picture}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the picture is scrolled with the keyboard
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        dragged.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerUp={() => {
        dragged.current = undefined;
      }}
      onPointerCancel={() => {
        dragged.current = undefined;
      }}
      onPointerMove={move}
      onPointerLeave={() => setValue(undefined)}
      onKeyDown={(event) => {
        const slices = KEYS[event.key];
        if (slices === undefined) return;
        event.preventDefault();
        onChange((before) => scrolled(before, described, slices));
      }}
    >
      {picture && <img src={picture.address} alt={say(state.mode)} />}
      {letters && (
        <>
          <span className="letter top">{letters.top}</span>
          <span className="letter left">{letters.left}</span>
          <span className="letter right-hand">{letters.right}</span>
          <span className="letter bottom">{letters.bottom}</span>
        </>
      )}
      {state.mode !== "body" && (
        <span className="corner low">
          {say("window", { center: state.center.toPrecision(4), width: state.width.toPrecision(4) })}
          {"\n"}
          {say("place", { offset: state.offset_mm.toFixed(1) })}
        </span>
      )}
      {value !== undefined && (
        <output className="corner right">
          {value.toPrecision(5)} {described.unit.symbol || described.quantity}
        </output>
      )}
      {problem && (
        <div className="corner high">
          <ProblemNotice problem={problem} />
        </div>
      )}
    </div>
  );
}

function negative(vector: Vector): Vector {
  return [-vector[0], -vector[1], -vector[2]];
}
