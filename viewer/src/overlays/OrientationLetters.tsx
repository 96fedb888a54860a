/** Letters at the edges that say which way the patient lies on the screen. */
import { opposite, orientationLetters } from "./orientation";
import type { Vector } from "./vectors";

export function OrientationLetters({ right, down }: { right: Vector; down: Vector }) {
  const edges = [
    ["left", opposite(right)],
    ["right", right],
    ["top", opposite(down)],
    ["bottom", down],
  ] as const;
  return (
    <>
      {edges.map(([edge, direction]) => (
        <div key={edge} className={`orientation ${edge}`}>
          {orientationLetters(direction)}
        </div>
      ))}
    </>
  );
}
