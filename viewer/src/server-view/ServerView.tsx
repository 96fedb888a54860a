/** One view that the server draws: scroll, window, turn, measure; the value under the pointer in its unit. */
import { type PointerEvent, useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { ProblemNotice } from "../design/ProblemNotice";
import { type Problem, problemOf } from "../http/problem";
import { useWords } from "../language/words";
import { measurementsOf } from "../measurements/open-studies";
import { onPointWanted } from "../measurements/wanted-point";
import { CornerOverlays } from "../overlays/CornerOverlays";
import { ALL_OVERLAYS } from "../overlays/choice";
import { cornersOf } from "../overlays/corners";
import { OrientationLetters } from "../overlays/OrientationLetters";
import { formatValue } from "../overlays/pixel-value";
import { ScaleBar } from "../overlays/ScaleBar";
import { cross } from "../overlays/vectors";
import { Measuring } from "./Measuring";
import type { MeasuringTool } from "./measuring";
import { Newest } from "./newest";
import {
  drawnPicture,
  placeOf,
  type SeriesDescription,
  type ServerPicture,
  type Vector,
  valueAt,
} from "./server-view-api";
import { TURNS } from "./turns";
import { useMeasuring } from "./use-measuring";
import { atDepth, panned, queryOf, scrolled, turned, type ViewState, windowed, zoomed } from "./view-state";
import { WORDS } from "./words";

const MAX_SIDE = 1400;
const KEYS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
const ZOOM_STEP = 1.25;
/** A press that moved further than this was a drag. */
const DRAGGED_PX = 5;

interface ServerViewProps {
  studyUid: string;
  seriesUid: string;
  described: SeriesDescription;
  state: ViewState;
  /** What the first button draws; undefined: it windows. */
  tool: MeasuringTool | undefined;
  onChange: (change: (state: ViewState) => ViewState) => void;
}

/** What a picture is asked for. */
interface Wanted {
  state: ViewState;
  size: readonly [number, number];
  query: URLSearchParams;
}

export function ServerView({ studyUid, seriesUid, described, state, tool, onChange }: ServerViewProps) {
  const say = useWords(WORDS);
  const place = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<readonly [number, number]>();
  const [picture, setPicture] = useState<ServerPicture>();
  const [problem, setProblem] = useState<Problem>();
  /** What the picture, or the notice of why there is none, answers. */
  const [answered, setAnswered] = useState<Wanted>();
  /** Where in the patient the pointer is, and what was last read, where. */
  const [pointed, setPointed] = useState<Vector>();
  const [reading, setReading] = useState<{ at: Vector; value: number | undefined }>();
  const pointer = useRef<{ clientX: number; clientY: number } | undefined>(undefined);
  const dragged = useRef<{ x: number; y: number; button: number } | undefined>(undefined);
  const pressed = useRef<{ x: number; y: number } | undefined>(undefined);
  const fail = useCallback((thrown: unknown) => setProblem(problemOf(thrown)), []);
  const hand = useMeasuring(studyUid, seriesUid, described, state.mode === "body" ? undefined : tool, fail);
  useEffect(
    () =>
      onPointWanted((frameOfReferenceUid, point) => {
        if (frameOfReferenceUid === described.frame_of_reference_uid) {
          onChange((before) => atDepth(before, described, point));
        }
      }),
    [described, onChange],
  );

  const pictures = useMemo(
    () =>
      new Newest(
        ({ state, query }: Wanted, signal: AbortSignal) =>
          drawnPicture(studyUid, seriesUid, state.mode === "body" ? "body" : "plane", query, signal),
        (drawn, wanted) => {
          setProblem(undefined);
          setPicture(drawn);
          setAnswered(wanted);
        },
        (thrown, wanted) => {
          setProblem(problemOf(thrown));
          setAnswered(wanted);
        },
      ),
    [studyUid, seriesUid],
  );
  const readings = useMemo(
    () =>
      new Newest(
        (at: Vector, signal: AbortSignal) => valueAt(studyUid, seriesUid, at, signal),
        (value, at) => setReading({ at, value }),
        (_, at) => setReading({ at, value: undefined }),
      ),
    [studyUid, seriesUid],
  );
  useEffect(() => () => pictures.stop(), [pictures]);
  useEffect(() => () => readings.stop(), [readings]);
  useEffect(() => () => picture && URL.revokeObjectURL(picture.address), [picture]);

  useEffect(() => {
    if (size) pictures.ask({ state, size, query: queryOf(state, size, described) });
  }, [pictures, state, size, described]);

  useEffect(() => {
    const shown = place.current;
    if (!shown) return;
    const watch = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = shown;
      const scale = Math.min(1, MAX_SIDE / Math.max(clientWidth, clientHeight, 1));
      const now = [clientWidth, clientHeight].map((side) => Math.max(1, Math.round(side * scale)));
      const [width, height] = now as [number, number];
      setSize((before) => (before?.[0] === width && before[1] === height ? before : [width, height]));
    });
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const step = Math.sign(event.deltaY);
      onChange((before) => (event.ctrlKey ? zoomed(before, ZOOM_STEP ** -step) : scrolled(before, described, step)));
    };
    watch.observe(shown);
    shown.addEventListener("wheel", wheel, { passive: false });
    return () => {
      watch.disconnect();
      shown.removeEventListener("wheel", wheel);
    };
  }, [described, onChange]);

  /** Where in the patient a place on the screen is. */
  const placeAt = (event: { clientX: number; clientY: number }): Vector | undefined => {
    const box = place.current?.querySelector("img")?.getBoundingClientRect();
    if (!picture || !box || state.mode === "body") return undefined;
    const { x, y } = shownPixel(picture, box, event.clientX, event.clientY);
    return placeOf(picture, x, y);
  };
  const read = (at: Vector | undefined) => {
    setPointed(at);
    if (at) readings.ask(at);
  };
  // Another picture under a pointer that rests has another value there.
  const readAgain = useEffectEvent(() => pointer.current && read(placeAt(pointer.current)));
  useEffect(() => {
    if (picture) readAgain();
  }, [picture]);
  const press = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = event.button === 0 && tool && placeAt(event);
    if (at && picture) {
      pressed.current = { x: event.clientX, y: event.clientY };
      hand.set(at, picture);
    } else dragged.current = { x: event.clientX, y: event.clientY, button: event.button };
  };
  const release = (event: PointerEvent<HTMLDivElement>) => {
    const from = pressed.current;
    const at = placeAt(event);
    const isDrag = from && Math.hypot(event.clientX - from.x, event.clientY - from.y) > DRAGGED_PX;
    if (isDrag && at && picture && hand.begun) hand.set(at, picture);
    pressed.current = undefined;
    dragged.current = undefined;
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const from = dragged.current;
    if (from) {
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      dragged.current = { x: event.clientX, y: event.clientY, button: from.button };
      const pixel_mm = picture && place.current ? mmPerPx(picture, place.current) : 0;
      onChange((before) => {
        if (from.button === 2) return zoomed(before, 1.01 ** -dy);
        if (before.mode === "body") return turned(before, dx, dy);
        if (from.button === 1) return panned(before, dx * pixel_mm, dy * pixel_mm);
        return windowed(before, described, dx, dy);
      });
      return;
    }
    const at = placeAt(event);
    pointer.current = { clientX: event.clientX, clientY: event.clientY };
    // At once: until it is read, the value that stands there is known to be that of another place.
    flushSync(() => {
      if (at) hand.hover(at);
      read(at);
    });
  };

  const isPlane = state.mode !== "body";
  const images = measurementsOf(studyUid).images.all;
  const frame = images.find(({ reference }) => reference.seriesUid === seriesUid)?.frame;
  const corners =
    frame && cornersOf(frame, { index: 0, nImages: 0, plane: picture && isPlane ? planeOf(picture) : undefined });
  const slabText =
    isPlane && state.slab_mm > 0
      ? `${say(state.projection as "max" | "min" | "mean")} ${state.slab_mm >= 10_000 ? say("all") : `${state.slab_mm} mm`}`
      : "";
  const windowText = isPlane
    ? `${slabText}${slabText && "  "}W ${formatValue(Number(state.width.toPrecision(4)))}  L ${formatValue(Number(state.center.toPrecision(4)))}`
    : "";
  const unit = described.unit.symbol || (described.unit.code === "1" ? "" : described.unit.code);
  const value = pointed && reading?.value;
  const isReading = pointed !== undefined && reading?.at !== pointed;
  const isDrawing = answered?.state !== state || answered.size !== size;
  const valueText = value === undefined ? "" : `${formatValue(Number(value.toPrecision(5)))} ${unit}`.trim();
  return (
    <div
      ref={place}
      className="server-view"
      role="application"
      aria-label={say("view")}
      aria-busy={isDrawing || isReading}
      data-reading={isReading || undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the picture is scrolled with the keyboard
      tabIndex={0}
      data-tool={tool}
      onContextMenu={(event) => event.preventDefault()}
      onPointerDown={press}
      onPointerUp={release}
      onPointerCancel={() => {
        dragged.current = undefined;
        pressed.current = undefined;
        hand.drop();
      }}
      onPointerMove={move}
      onPointerLeave={() => {
        pointer.current = undefined;
        setPointed(undefined);
      }}
      onKeyDown={(event) => {
        const slices = KEYS[event.key];
        const turn = event.ctrlKey || event.metaKey ? undefined : TURNS.find(({ key }) => key === event.key);
        if (slices !== undefined) onChange((before) => scrolled(before, described, slices));
        else if (event.key === "+" || event.key === "=") onChange((before) => zoomed(before, ZOOM_STEP));
        else if (event.key === "-") onChange((before) => zoomed(before, 1 / ZOOM_STEP));
        else if (isPlane && turn) onChange(turn.by);
        else if (event.key === "Escape" && hand.begun) hand.drop();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {picture && <img src={picture.address} alt={say(state.mode)} draggable={false} />}
      {picture && isPlane && (
        <Measuring
          picture={picture}
          frameOfReferenceUid={described.frame_of_reference_uid}
          thickness_mm={isPlane ? Math.max(state.slab_mm, described.planes[state.mode as "axial"].step_mm) : 0}
          list={hand.list}
          begun={hand.begun}
        />
      )}
      {picture && (
        <div className="overlays">
          {corners && (
            <CornerOverlays corners={corners} choice={ALL_OVERLAYS} windowText={windowText} valueText={valueText} />
          )}
          <OrientationLetters right={picture.row} down={picture.column} />
          {isPlane && place.current && <ScaleBar mm_per_px={mmPerPx(picture, place.current)} />}
        </div>
      )}
      {problem && (
        <div className="corner high">
          <ProblemNotice problem={problem} />
        </div>
      )}
    </div>
  );
}

function planeOf(picture: ServerPicture) {
  return { origin_mm: picture.origin, normal: cross(picture.row, picture.column) };
}

/** Return how large a pixel of the screen is; the picture fills its place as far as its shape allows. */
function mmPerPx({ size, spacing_mm }: ServerPicture, { clientWidth, clientHeight }: Element): number {
  return spacing_mm[1] / Math.min(clientWidth / size[0], clientHeight / size[1]);
}

/** Return column and row of the picture at a place on the screen. */
function shownPixel({ size }: ServerPicture, box: DOMRect, clientX: number, clientY: number) {
  const scale = Math.min(box.width / size[0], box.height / size[1]);
  const [left, top] = [(box.width - size[0] * scale) / 2, (box.height - size[1] * scale) / 2];
  return { x: (clientX - box.left - left) / scale - 0.5, y: (clientY - box.top - top) / scale - 0.5 };
}
