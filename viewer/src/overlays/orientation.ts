/**
 * Letters for directions in the patient: L(eft) R(ight), P(osterior) A(nterior), H(ead) F(eet).
 *
 * Source: DICOM PS3.3 sec. C.7.6.1.1.1 (Patient Orientation): the strongest component comes first, weaker ones that
 * still matter follow.
 */
import { cross, dot, norm, type Vector, vectorOf } from "./vectors";

const LETTERS: readonly (readonly [string, string])[] = [
  ["L", "R"],
  ["P", "A"],
  ["H", "F"],
];
/** A component below this share of the whole is left out: about 6 degrees. */
const MATTERS = 0.1;

export function orientationLetters(direction: Vector): string {
  const length = norm(direction);
  if (!(length > 0)) return "";
  return direction
    .map((component, axis) => ({ share: Math.abs(component) / length, letter: LETTERS[axis]?.[component < 0 ? 1 : 0] }))
    .filter(({ share }) => share > MATTERS)
    .sort((a, b) => b.share - a.share)
    .map(({ letter }) => letter)
    .join("");
}

export function opposite(direction: Vector): Vector {
  return [-direction[0], -direction[1], -direction[2]];
}

/** Return row and column directions from ImageOrientationPatient, or undefined if they are not two unit vectors at right angles. */
export function planeAxes(orientation: readonly number[]): { row: Vector; column: Vector; normal: Vector } | undefined {
  const [row, column] = [vectorOf(orientation, 0), vectorOf(orientation, 3)];
  if (!row || !column) return undefined;
  const isSound =
    Math.abs(norm(row) - 1) < 0.01 && Math.abs(norm(column) - 1) < 0.01 && Math.abs(dot(row, column)) < 0.01;
  return isSound ? { row, column, normal: cross(row, column) } : undefined;
}

/** Return "axial", "coronal", "sagittal", or the same with "oblique" before it. */
export function planeName(normal: Vector): string {
  const shares = normal.map((component) => Math.abs(component) / norm(normal));
  const strongest = Math.max(...shares);
  const name = ["sagittal", "coronal", "axial"][shares.indexOf(strongest)] ?? "";
  return strongest > 0.99 ? name : `oblique ${name}`;
}
