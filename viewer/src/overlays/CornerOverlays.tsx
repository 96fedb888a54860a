/** Patient, study, place and technique in the corners of the picture. */
import type { OverlayChoice } from "./choice";
import type { Corners } from "./corners";
import "./overlays.css";

interface CornerOverlaysProps {
  corners: Corners;
  choice: OverlayChoice;
  windowText: string;
  valueText: string;
}

export function CornerOverlays({ corners, choice, windowText, valueText }: CornerOverlaysProps) {
  const technique = choice.technique ? corners.bottomRight : [];
  return (
    <>
      {choice.patient && <Corner className="top-left" lines={corners.topLeft} />}
      {choice.patient && <Corner className="top-right" lines={corners.topRight} />}
      <Corner className="bottom-left" lines={[...corners.bottomLeft, windowText]} />
      <Corner className="bottom-right" lines={[...technique, valueText]} />
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
