/** The wall over the picture: the line while it is drawn, then the wall as it moves. */
import { type PointerEvent, useRef, useSyncExternalStore, type WheelEvent } from "react";
import { useWords } from "../language/words";
import { studyImagesOf } from "../measurements/study-images";
import type { Frame } from "../viewport/frames";
import type { ViewportController } from "../viewport/ViewportController";
import { pixelsOnScreen } from "./pixels-on-screen";
import type { StrainDesk } from "./StrainDesk";
import { COLOURS, LEFT_OUT } from "./segments";
import { smoothPath } from "./smooth-path";
import type { PixelPoint, Strain } from "./strain-api";
import { WORDS } from "./words";

interface StrainWallProps {
  desk: StrainDesk;
  controller: ViewportController;
  /** What the viewport shows. */
  frame: Frame;
}

/** Two presses in this time on one place end the line. */
const DOUBLE_MS = 400;

export function StrainWall({ desk, controller, frame }: StrainWallProps) {
  const say = useWords(WORDS);
  const state = useSyncExternalStore(desk.subscribe, desk.now);
  const last = useRef({ at_ms: Number.NEGATIVE_INFINITY, x: 0, y: 0 });
  const [image] = studyImagesOf([frame.dataset]);
  if (!state.isOpen || !image || state.loop?.instanceUid !== frame.instanceUid) return null;
  const { toScreen, toPixel } = pixelsOnScreen((point) => controller.project(point), image.geometry);
  const { points, found } = state;

  const set = (event: PointerEvent<SVGSVGElement>) => {
    if (event.button !== 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const before = last.current;
    last.current = { at_ms: event.timeStamp, x, y };
    const isDouble = event.timeStamp - before.at_ms < DOUBLE_MS && Math.hypot(x - before.x, y - before.y) < 5;
    if (isDouble) void desk.follow();
    // The line lies in one frame: back to it.
    else if (!desk.addPoint(toPixel(x, y), frame.frameNumber)) {
      void controller.goTo(controller.index + state.frame - frame.frameNumber);
    }
  };
  const scroll = (event: WheelEvent) => void controller.goTo(controller.index + Math.sign(event.deltaY));

  return (
    <svg
      className="strain-wall"
      data-drawing={desk.isDrawing}
      role="img"
      aria-label={say("hint")}
      onPointerDown={desk.isDrawing ? set : undefined}
      onDoubleClick={(event) => event.stopPropagation()}
      onWheel={desk.isDrawing ? scroll : undefined}
    >
      {found ? (
        <Moving found={found} frame={frame.frameNumber} toScreen={toScreen} />
      ) : (
        <g opacity={points.length === 0 || state.frame === frame.frameNumber ? 1 : 0.4}>
          <path className="strain-line" d={smoothPath(points.map(toScreen))} />
          {points.map((point, index) => {
            const [x, y] = toScreen(point);
            return <circle key={index} cx={x} cy={y} r={3.5} />;
          })}
        </g>
      )}
    </svg>
  );
}

interface MovingProps {
  found: Strain;
  /** Which one is shown, from 1. */
  frame: number;
  toScreen: (point: PixelPoint) => readonly [number, number];
}

function Moving({ found, frame, toScreen }: MovingProps) {
  const wall = found.tracks_px[frame - found.first];
  if (!wall) return null;
  const perSegment = (wall.length - 1) / found.segments.length;
  return found.segments.map(({ strain }, index) => (
    <polyline
      key={COLOURS[index]}
      className="strain-segment"
      stroke={strain ? COLOURS[index] : LEFT_OUT}
      strokeDasharray={strain ? undefined : "3 5"}
      points={wall
        .slice(index * perSegment, (index + 1) * perSegment + 1)
        .map((point) => toScreen(point).map((value) => value.toFixed(1)))
        .join(" ")}
    />
  ));
}
