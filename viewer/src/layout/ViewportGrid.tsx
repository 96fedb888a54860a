/** The grid of cells: which one is active, and series dropped on them. */
import { type DragEvent, type ReactNode, useState } from "react";
import { useWords } from "../language/words";
import type { Cell, Layout } from "./layout";
import { WORDS } from "./words";

/** How a series travels when it is dragged. */
export const SERIES_TYPE = "application/x-isocenter-series";

interface ViewportGridProps {
  layout: Layout;
  /** What a series is called, for people who cannot see the grid. */
  nameOf: (cell: Cell) => string;
  onActivate: (index: number) => void;
  onMaximise: (index: number) => void;
  onDrop: (index: number, seriesUid: string) => void;
  children: (cell: Cell, index: number) => ReactNode;
}

export function ViewportGrid({ layout, nameOf, onActivate, onMaximise, onDrop, children }: ViewportGridProps) {
  const say = useWords(WORDS);
  const [target, setTarget] = useState<number>();
  const { rows, columns, cells, active, isMaximised } = layout;
  const over = (event: DragEvent, index: number) => {
    if (!event.dataTransfer.types.includes(SERIES_TYPE)) return;
    event.preventDefault();
    setTarget(index);
  };
  const drop = (event: DragEvent, index: number) => {
    setTarget(undefined);
    const seriesUid = event.dataTransfer.getData(SERIES_TYPE);
    if (!seriesUid) return;
    event.preventDefault();
    onDrop(index, seriesUid);
  };
  const grid = isMaximised
    ? undefined
    : {
        gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))`,
        gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
      };
  return (
    <div className="viewport-grid" style={grid}>
      {cells.map((cell, index) => (
        <section
          key={index}
          className="viewport-cell"
          data-series={cell?.seriesUid}
          data-target={index === target || undefined}
          aria-current={index === active && cells.length > 1 ? "true" : undefined}
          aria-label={say("cell", { number: index + 1, series: cell ? nameOf(cell) : say("empty") })}
          hidden={isMaximised && index !== active}
          onPointerDownCapture={() => onActivate(index)}
          onWheelCapture={() => onActivate(index)}
          onDoubleClick={() => onMaximise(index)}
          onDragOver={(event) => over(event, index)}
          onDragLeave={() => setTarget(undefined)}
          onDrop={(event) => drop(event, index)}
        >
          {cell ? children(cell, index) : <p className="empty-cell">{say("empty-hint")}</p>}
        </section>
      ))}
    </div>
  );
}
