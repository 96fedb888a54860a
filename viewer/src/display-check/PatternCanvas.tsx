/** The pattern, drawn pixel by pixel of the screen: never scaled, never smoothed. */
import { type RefObject, useEffect, useState } from "react";
import { type Area, levelPattern, type Pattern, patternOf } from "./pattern";

interface PatternCanvasProps {
  canvas: RefObject<HTMLCanvasElement | null>;
  /** One of the 18 levels alone, or the whole pattern. */
  level: number | undefined;
  label: string;
}

export function PatternCanvas({ canvas, level, label }: PatternCanvasProps) {
  const [size, setSize] = useState({ width: 0, height: 0 });

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const observer = new ResizeObserver((entries) => {
      const entry = entries.at(-1);
      if (!entry) return;
      const exact = entry.devicePixelContentBoxSize?.[0];
      const ratio = devicePixelRatio;
      setSize({
        width: exact?.inlineSize ?? Math.round(entry.contentRect.width * ratio),
        height: exact?.blockSize ?? Math.round(entry.contentRect.height * ratio),
      });
    });
    try {
      observer.observe(element, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(element); // a browser that cannot tell the pixels of the screen: the ratio has to do
    }
    return () => observer.disconnect();
  }, [canvas]);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d", { alpha: false });
    if (!element || !context || size.width === 0) return;
    element.width = size.width;
    element.height = size.height;
    if (level === undefined) drawPattern(context, patternOf(size.width, size.height));
    else drawAreas(context, levelPattern(size.width, size.height, level));
  }, [canvas, size, level]);

  return <canvas ref={canvas} className="display-pattern" role="img" aria-label={label} />;
}

function drawAreas(context: CanvasRenderingContext2D, areas: readonly Area[]): void {
  for (const { x, y, width, height, grey } of areas) {
    context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
    context.fillRect(x, y, width, height);
  }
}

function drawPattern(context: CanvasRenderingContext2D, { areas, letters, circle }: Pattern): void {
  drawAreas(context, areas);
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { text, x, y, height, grey } of letters) {
    context.font = `600 ${height}px "DejaVu Sans", "Segoe UI", sans-serif`;
    context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
    context.fillText(text, x, y);
  }
  context.strokeStyle = `rgb(${circle.grey} ${circle.grey} ${circle.grey})`;
  context.lineWidth = 1;
  context.beginPath();
  context.arc(circle.x, circle.y, circle.radius, 0, 2 * Math.PI);
  context.stroke();
}
