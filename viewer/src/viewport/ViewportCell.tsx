/** One cell of the grid: a series on the screen with what is written over it. */
import { memo, type PointerEvent, useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { text } from "../dicomweb/json-model";
import { SeriesDocuments } from "../documents/SeriesDocuments";
import { PictureMark } from "../hanging/PictureMark";
import { useWords } from "../language/words";
import type { Cell } from "../layout/layout";
import { ReferenceLine } from "../linking/ReferenceLine";
import { CornerOverlays } from "../overlays/CornerOverlays";
import { cornersOf } from "../overlays/corners";
import { OrientationLetters } from "../overlays/OrientationLetters";
import { formatValue } from "../overlays/pixel-value";
import { ScaleBar } from "../overlays/ScaleBar";
import { valueText } from "../overlays/value-text";
import { norm } from "../overlays/vectors";
import { modeOf, ServerCell } from "../server-view/ServerCell";
import { StrainWall } from "../strain/StrainWall";
import { windowOf } from "../tools/window";
import { regionsOf, tissueSpacing_mm } from "../ultrasound/regions";
import { WORDS as VOLUME_WORDS } from "../volume/words";
import { type Frame, pixelSpacing_mm, planeOf } from "./frames";
import { PictureNotice } from "./PictureNotice";
import { hasExactWindow } from "./presets";
import { useReading } from "./reading-context";
import { type Shown, useViewport } from "./use-viewport";
import type { View } from "./View";

interface ViewportCellProps {
  cell: Cell;
  index: number;
  /** Day of the study that is read, where this cell shows another one. */
  readOn: string | undefined;
  /** Told whenever the picture changes; undefined when it is gone. */
  onShown: (index: number, shown: Shown | undefined) => void;
}

export const ViewportCell = memo(function ViewportCell({ cell, index, readOn, onShown }: ViewportCellProps) {
  const { links, overlays, strain, wanted } = useReading();
  const { element, shown, notice, documents, isTooLarge } = useViewport(cell, index);
  const [pointer, setPointer] = useState<readonly [number, number]>();
  const view = shown?.view;
  const frame = shown && frameOf(shown, cell);

  useEffect(() => onShown(index, shown), [index, shown, onShown]);
  useEffect(() => () => onShown(index, undefined), [index, onShown]);

  // Read anew whenever something is written: another image under a pointer that rests has another value there, and no
  // value stands beside the number of another image.
  const pixel = view && pointer && shown.controller.pixelAt(...pointer);
  const of = pixel?.image === undefined ? frame : (shown?.frames[pixel.image] ?? frame);
  const value = pixel && of ? valueText(of, pixel) : "";
  // At once: a value that comes later than the pointer is that of another place.
  const point = ({ clientX, clientY }: PointerEvent) => flushSync(() => setPointer([clientX, clientY]));
  const leave = () => setPointer(undefined);

  return (
    <div className="picture" data-edge={cell.settings.framing?.edge}>
      <div ref={element} className="canvas" onPointerMove={point} onPointerLeave={leave} />
      {overlays.isShown && frame && view && (
        <div className="overlays" data-testid="overlays">
          {overlays.lines && (
            <ReferenceLine
              links={links}
              controller={shown.controller}
              view={view}
              frameOfReferenceUid={text(frame.dataset, "FrameOfReferenceUID")}
            />
          )}
          <PictureMark frame={frame} readOn={readOn} />
          <Writing cell={cell} frame={frame} view={view} value={value} hasProblem={notice?.kind === "problem"} />
        </div>
      )}
      {cell.kind === "stack" && frame && view && (
        <StrainWall desk={strain} controller={shown.controller} frame={frame} />
      )}
      {notice && <PictureNotice notice={notice} />}
      {isTooLarge && (
        <ServerCell
          key={`${cell.kind} ${cell.settings.plane}`}
          studyUid={cell.studyUid}
          seriesUid={cell.seriesUid}
          mode={modeOf(cell)}
          isTooLarge
        />
      )}
      {documents && (
        <SeriesDocuments
          key={cell.seriesUid}
          studyUid={cell.studyUid}
          seriesUid={cell.seriesUid}
          instances={documents}
          instanceUid={wanted?.seriesUid === cell.seriesUid ? wanted.instanceUid : undefined}
        />
      )}
    </div>
  );
});

interface WritingProps {
  cell: Cell;
  frame: Frame;
  view: View;
  value: string;
  hasProblem: boolean;
}

function Writing({ cell, frame, view, value, hasProblem }: WritingProps) {
  const { overlays } = useReading();
  const sayVolume = useWords(VOLUME_WORDS);
  const isSolid = cell.kind === "solid";
  const shownImage = { index: view.index, nImages: isSolid ? 0 : view.nImages, plane: placeOf(cell, frame, view) };
  const { slab } = cell.settings;
  const projection = { maximum: "MIP", minimum: "MinIP", average: "average" } as const;
  const window = isSolid || view.isColour ? "" : windowText(view, hasExactWindow(frame));
  const slabText = slab ? `${sayVolume(projection[slab.projection])} ${slab.thickness_mm} mm` : "";
  const scale = mmPerPixel(cell, frame, view);
  return (
    <>
      <CornerOverlays
        corners={cornersOf(frame, shownImage)}
        choice={overlays}
        windowText={[slabText, window].filter(Boolean).join("  ")}
        valueText={value}
      />
      {overlays.orientation && !hasProblem && (cell.kind !== "stack" || planeOf(frame)) && (
        <OrientationLetters right={view.right_mm} down={view.down_mm} />
      )}
      {overlays.scale && !hasProblem && scale && <ScaleBar mm_per_px={scale} />}
    </>
  );
}

/** Return the frame whose header stands for the picture: a plane or a solid has that of its first one. */
function frameOf({ frames, view }: Shown, { kind }: Cell): Frame | undefined {
  return kind === "stack" ? frames[Math.min(view?.index ?? 0, frames.length - 1)] : frames[0];
}

function placeOf({ kind }: Cell, frame: Frame, view: View) {
  if (kind === "solid") return undefined;
  if (kind === "plane") return view.plane;
  const plane = planeOf(frame);
  return plane && { origin_mm: plane.position_mm, normal: plane.normal };
}

function mmPerPixel({ kind }: Cell, frame: Frame, view: View): number | undefined {
  if (kind === "solid") return undefined;
  if (kind === "plane") return norm(view.right_mm);
  const spacing = pixelSpacing_mm(frame) ?? tissueSpacing_mm(regionsOf(frame.dataset));
  return spacing && norm(view.right_mm) * (spacing.column / view.assumedSpacing_mm);
}

function windowText({ range }: View, isExact: boolean): string {
  if (!range) return "";
  const { center, width } = windowOf(range, isExact);
  return `W ${formatValue(Number(width.toPrecision(5)))}  L ${formatValue(Number(center.toPrecision(5)))}`;
}
