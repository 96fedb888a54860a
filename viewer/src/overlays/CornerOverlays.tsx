/** Patient, study, place and technique in the corners of the picture. */
import type { Corners } from "./corners";

interface CornerOverlaysProps {
  corners: Corners;
  windowText: string;
  valueText: string;
}

export function CornerOverlays({ corners, windowText, valueText }: CornerOverlaysProps) {
  const bottomLeft = [...corners.bottomLeft, windowText];
  const bottomRight = [...corners.bottomRight, valueText];
  return (
    <>
      <Corner className="top-left" lines={corners.topLeft} />
      <Corner className="top-right" lines={corners.topRight} />
      <Corner className="bottom-left" lines={bottomLeft} />
      <Corner className="bottom-right" lines={bottomRight} />
    </>
  );
}

function Corner({ className, lines }: { className: string; lines: readonly string[] }) {
  return (
    <div className={`corner ${className}`}>
      {lines.map((line, index) => (
        <div key={index}>{line}</div>
      ))}
    </div>
  );
}
