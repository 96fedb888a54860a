/**
 * How breasts are hung: right and left back to back, head or outer side upwards, chest walls meeting in the middle.
 *
 * Source: IHE Radiology TF-2, 4.16.4.2.2.1.1.2 (Mammography Image: default orientation and size): PatientOrientation
 * as shown is P\L for R CC, A\R for L CC, P\FL for R MLO and A\FR for L MLO; images are justified to the chest wall and
 * have the same size of breast.
 */
import type { SeriesFacts } from "./facts";

export type Side = "R" | "L";

export interface OnScreen {
  /** Clockwise, before the picture is flipped. */
  rotation_deg: 0 | 90;
  isFlippedHorizontally: boolean;
  isFlippedVertically: boolean;
}

/** Return how a breast is turned for reading, or undefined where the picture does not say how it lies or whose side. */
export function turnedForReading({
  orientation,
  laterality,
}: Pick<SeriesFacts, "orientation" | "laterality">): OnScreen | undefined {
  if (!orientation || (laterality !== "R" && laterality !== "L")) return undefined;
  const [row, column] = orientation;
  const across = frontToBack(row) !== 0 ? row : column;
  const along = across === row ? column : row;
  const back = frontToBack(across);
  const down = downwards(along, laterality);
  if (back === 0 || down === 0) return undefined;
  // The chest wall of the right breast is at the right edge, that of the left at the left edge.
  const towardsRight = laterality === "R" ? back : -back;
  if (across === row) {
    return { rotation_deg: 0, isFlippedHorizontally: towardsRight < 0, isFlippedVertically: down < 0 };
  }
  // A quarter turn clockwise brings columns, which led down, to the left, and rows, which led right, down.
  return { rotation_deg: 90, isFlippedHorizontally: towardsRight > 0, isFlippedVertically: down < 0 };
}

/** The edge of the cell at which the chest wall lies. */
export function chestWallEdge(laterality: Side): "left" | "right" {
  return laterality === "R" ? "right" : "left";
}

/** Return a picture's size on the screen after it is turned. */
export function sizeOnScreen_mm(
  { size_mm }: Pick<SeriesFacts, "size_mm">,
  rotation_deg: number,
): { width: number; height: number } | undefined {
  if (!size_mm || rotation_deg % 180 === 0) return size_mm;
  return { width: size_mm.height, height: size_mm.width };
}

/** 1 towards the back, where the chest wall is; -1 towards the front; 0 when the letters say neither. */
function frontToBack(letters: string): -1 | 0 | 1 {
  if (letters.startsWith("P")) return 1;
  return letters.startsWith("A") ? -1 : 0;
}

/** 1 when letters lead to the feet or to the inner side, -1 when to the head or outwards; the strongest letter counts. */
function downwards(letters: string, laterality: Side): -1 | 0 | 1 {
  // The inner side of the right breast lies towards the patient's left.
  const inner = laterality === "R" ? "L" : "R";
  for (const letter of letters) {
    if (letter === "F" || letter === inner) return 1;
    if (letter === "H" || letter === laterality) return -1;
  }
  return 0;
}
