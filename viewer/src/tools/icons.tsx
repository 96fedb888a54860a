/** Small drawings for tools and commands, in lines of one width, 16 by 16. */
import type { Command } from "./keyboard";
import type { ToolId } from "./pointer-tool";

type Drawn = ToolId | Command | "overlay-menu";

const PATHS: Partial<Record<Drawn, string>> = {
  windowing: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11M8 5h3.5M8 8h5.3M8 11h3.5",
  "region-windowing": "M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3M8 5.2a2.8 2.8 0 1 0 0 5.6zM8 5.2a2.8 2.8 0 0 1 0 5.6",
  panning: "M8 1.5v13M1.5 8h13M6 3.5l2-2 2 2M6 12.5l2 2 2-2M3.5 6l-2 2 2 2M12.5 6l2 2-2 2",
  zooming: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3L14 14M7 5v4M5 7h4",
  scrolling: "M3 4h10M3 8h10M3 12h10M8 1.5l-1.5 1.6h3zM8 14.5l-1.5-1.6h3z",
  rotating: "M13 8a5 5 0 1 1-1.6-3.7M13.2 2v3h-3",
  magnifying: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3L14 14",
  probing: "M8 2v4M8 10v4M2 8h4M10 8h4M8 7.9v.2",
  crosshairs: "M8 1.5v5M8 9.5v5M1.5 8h5M9.5 8h5M8 6.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3",
  length: "M3 13L13 3M1.6 11.6l2.8 2.8M11.6 1.6l2.8 2.8",
  "distance-3d": "M2 11.5l5 2.5 7-2.5M2 11.5v-7L9 2l5 2.5v7M4.5 9.5l7-4M4 9a.7.7 0 1 0 .9 1M11 4.8a.7.7 0 1 0 .9 1",
  bidirectional: "M2.5 13.5l11-11M5.5 5.5l5 5",
  angle: "M13.5 13h-11L11 3M7.8 13a5 5 0 0 0-1.9-4",
  cobb: "M2 4l12-2M2 12l12 2M5 3.6v8.8",
  ellipse: "M8 4c3.6 0 6 1.8 6 4s-2.4 4-6 4-6-1.8-6-4 2.4-4 6-4",
  rectangle: "M2.5 4h11v8h-11z",
  freehand: "M4 12c-3-2-1.5-8 2-8.5s3 2.5 5.5 2.5 3 5-.5 6.5-5 .5-7-.5z",
  point: "M8 6.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3M8 2.5v1.5M8 12v1.5M2.5 8h1.5M12 8h1.5",
  arrow: "M3 13L12.5 3.5M7.5 3h5.5v5.5",
  brush: "M13.5 2.5L7.5 8.5M7.5 8.5c-1.5-.6-3 .3-3.3 1.8S2.8 12.6 2 13c2.5.8 6 .3 6-2.6 0-.8-.2-1.5-.5-1.9",
  eraser: "M6 13.5L2.5 10 9.5 3l4 4-6.5 6.5zM6 6.5l4 4M7 13.5h6.5",
  "threshold-brush":
    "M13.5 2.5L9 7M9 7c-1.3-.5-2.4.2-2.7 1.4S5 10.2 4.3 10.5c2 .7 5 .3 5-2 0-.6-.1-1.1-.3-1.5M2 13.5h12M2 13.5v-2M14 13.5v-2",
  growing:
    "M8 6.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3M8 4V1.5M8 14.5V12M4 8H1.5M14.5 8H12M5.2 5.2L3.5 3.5M12.5 12.5l-1.7-1.7M10.8 5.2l1.7-1.7M3.5 12.5l1.7-1.7",
  rotate: "M12.5 9a4.8 4.8 0 1 1-1.5-4.6M11.5 1.5v3.2h-3.2",
  "flip-horizontal": "M8 2v12M6 4.5L2 8l4 3.5zM10 4.5L14 8l-4 3.5z",
  "flip-vertical": "M2 8h12M4.5 6L8 2l3.5 4zM4.5 10L8 14l3.5-4z",
  invert: "M2.5 2.5h11v11h-11zM2.5 13.5l11-11M6 13.5l7.5-7.5M10 13.5l3.5-3.5",
  reset: "M3 8a5 5 0 1 0 1.5-3.6M3.8 2v3h3",
  grid: "M2 2.5h12v11H2zM2 8h12M8 2.5v11",
  maximise: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  "fill-grid": "M2 2.5h12v11H2zM2 8h12M8 2.5v11M3.5 4.5h3M9.5 4.5h3M3.5 11h3M9.5 11h3",
  "link-scroll": "M5 2v12M3 4l2-2 2 2M3 12l2 2 2-2M11 2v12M9 4l2-2 2 2M9 12l2 2 2-2",
  "link-window": "M5.5 4a4 4 0 1 0 0 8zM10.5 4a4 4 0 0 1 0 8zM5.5 4a4 4 0 0 1 0 8",
  "link-zoom": "M5 5.5a3 3 0 1 0 0 .1M11 5.5a3 3 0 1 0 0 .1M5 4v3M3.5 5.5h3M11 4v3M9.5 5.5h3M3 13h10",
  "reference-lines": "M2 2.5h12v11H2zM2 10.5L14 5",
  "overlay-menu": "M2 2.5h12v11H2zM4 5h3M4 7h2M10 11h2M9 9h3",
  provenance: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 7.5v3.5M8 5v.2",
};

export function Icon({ of }: { of: Drawn }) {
  const path = PATHS[of];
  if (!path) return null;
  return (
    <svg className="icon" viewBox="0 0 16 16" width="17" height="17" aria-hidden="true">
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.3" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
