import { describe, expect, test } from "vitest";
import { turnedForReading } from "../../src/hanging/mammography";

const STRAIGHT = { rotation_deg: 0, isFlippedHorizontally: false, isFlippedVertically: false };

const OPPOSITE: Record<string, string> = { A: "P", P: "A", H: "F", F: "H", L: "R", R: "L" };
const turned = (letters: string) => [...letters].map((letter) => OPPOSITE[letter]).join("");

/** Where rows and columns of the screen lead after a picture was turned clockwise and then flipped. */
function onScreen([row, column]: readonly [string, string], how: ReturnType<typeof turnedForReading>) {
  if (!how) return undefined;
  let [right, down] = how.rotation_deg === 90 ? [turned(column), row] : [row, column];
  if (how.isFlippedHorizontally) right = turned(right);
  if (how.isFlippedVertically) down = turned(down);
  return [right, down];
}

/** Source: IHE Radiology TF-2 4.16.4.2.2.1.1.2. */
const WANTED = [
  ["R", "P", "L"],
  ["L", "A", "R"],
  ["R", "P", "FL"],
  ["L", "A", "FR"],
  ["R", "P", "F"],
  ["L", "A", "F"],
] as const;

describe.each(WANTED)("%s as %s\\%s", (laterality, right, down) => {
  test("stays as it is when it lies as it is read", () => {
    expect(turnedForReading({ laterality, orientation: [right, down] })).toEqual(STRAIGHT);
  });
  test.each([
    [right, turned(down)],
    [turned(right), down],
    [turned(right), turned(down)],
    [down, right],
    [down, turned(right)],
    [turned(down), right],
    [turned(down), turned(right)],
  ])("is turned from %s\\%s", (row, column) => {
    expect(onScreen([row, column], turnedForReading({ laterality, orientation: [row, column] }))).toEqual([
      right,
      down,
    ]);
  });
});

test.each([
  [{ laterality: "R", orientation: undefined }],
  [{ laterality: "", orientation: ["P", "L"] as const }],
  [{ laterality: "B", orientation: ["P", "L"] as const }],
  [{ laterality: "R", orientation: ["L", "F"] as const }],
  [{ laterality: "L", orientation: ["A", "P"] as const }],
])("nothing is guessed from %j", (given) => {
  expect(turnedForReading(given)).toBeUndefined();
});
