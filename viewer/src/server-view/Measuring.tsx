/** What is measured, drawn over a picture of the server. */
import type { Measurement, PatientPoint } from "../measurements/measurement";
import { quantityName, quantityText } from "../measurements/quantity-text";
import { type MeasuringTool, type OnPicture, onPicture, pixelOf } from "./measuring";
import type { ServerPicture } from "./server-view-api";

interface MeasuringProps {
  picture: ServerPicture;
  frameOfReferenceUid: string | null;
  /** What of the patient the picture shows across its plane. */
  thickness_mm: number;
  list: readonly Measurement[];
  /** Places that were set, and where the pointer is. */
  begun: { tool: MeasuringTool; places: readonly PatientPoint[] } | undefined;
}

export function Measuring({ picture, frameOfReferenceUid, thickness_mm, list, begun }: MeasuringProps) {
  const [width, height] = picture.size;
  return (
    <svg
      className="measured"
      viewBox={`-0.5 -0.5 ${width} ${height}`}
      preserveAspectRatio="xMidYMid meet"
      aria-hidden="true"
    >
      {list.map((measurement) => {
        const drawn = onPicture(measurement, picture, frameOfReferenceUid, thickness_mm);
        return drawn && <Drawn key={measurement.trackingUid} drawn={drawn} lines={linesOf(measurement)} />;
      })}
      {begun && <Begun {...begun} picture={picture} />}
    </svg>
  );
}

function linesOf({ label, quantities }: Measurement): string[] {
  const numbers = quantities.map((one) => `${quantityName(one)} ${quantityText(one)}`.trim());
  return label ? [label, ...numbers] : numbers;
}

function Drawn({ drawn, lines }: { drawn: OnPicture; lines: readonly string[] }) {
  const right = drawn.points.reduce((most, point) => (point[0] > most[0] ? point : most));
  return (
    <g strokeDasharray={drawn.isWhole ? undefined : "4 4"}>
      <Shape {...drawn} />
      <text x={right[0] + 8} y={right[1]}>
        {lines.map((line, index) => (
          <tspan key={line} x={right[0] + 8} dy={index === 0 ? 0 : "1.25em"}>
            {line}
          </tspan>
        ))}
      </text>
    </g>
  );
}

function Shape({ kind, points, isClosed }: OnPicture) {
  const [a, b, c, d] = points;
  const line = (of: OnPicture["points"], key = "line") => <polyline key={key} points={of.map(String).join(" ")} />;
  if (kind === "EllipticalROI" && a && b && c && d) return <Ellipse ends={[a, b, c, d]} />;
  if (kind === "RectangleROI" && a && b && c && d) return line([a, b, d, c, a]);
  if ((kind === "CobbAngle" || kind === "Bidirectional") && a && b && c && d) {
    return (
      <>
        {line([a, b], "first")}
        {line([c, d], "second")}
      </>
    );
  }
  if (a && points.length === 1) return <circle cx={a[0]} cy={a[1]} r={4} />;
  return line(isClosed && a ? [...points, a] : points);
}

type Ends = readonly [Point, Point, Point, Point];
type Point = readonly [number, number];

function Ellipse({ ends: [a, b, c, d] }: { ends: Ends }) {
  const length = (from: Point, to: Point) => Math.hypot(to[0] - from[0], to[1] - from[1]);
  const [x, y] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const turned_deg = (Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI;
  return (
    <ellipse cx={x} cy={y} rx={length(a, b) / 2} ry={length(c, d) / 2} transform={`rotate(${turned_deg} ${x} ${y})`} />
  );
}

function Begun({
  tool,
  places,
  picture,
}: {
  tool: MeasuringTool;
  places: readonly PatientPoint[];
  picture: ServerPicture;
}) {
  const points = places.map((place) => pixelOf(picture, place));
  const [a, b] = points;
  if (tool === "EllipticalROI" && a && b) {
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const ends = [
      [a[0], a[1] - dy],
      [a[0], a[1] + dy],
      [a[0] - dx, a[1]],
      [a[0] + dx, a[1]],
    ] as const;
    return <Ellipse ends={ends} />;
  }
  return (
    <>
      <polyline points={points.map(String).join(" ")} />
      {a && <circle cx={a[0]} cy={a[1]} r={3} />}
    </>
  );
}
