import { expect, test } from "vitest";
import { opposite, orientationLetters, planeAxes, planeName } from "../../src/overlays/orientation";

// Axes of the patient: DICOM PS3.3 sec. C.7.6.2.1.1, x to the left, y to the back, z to the head.
test.each([
  [[1, 0, 0], "L"],
  [[-1, 0, 0], "R"],
  [[0, 1, 0], "P"],
  [[0, -1, 0], "A"],
  [[0, 0, 1], "H"],
  [[0, 0, -1], "F"],
] as const)("%j points to %s", (direction, letters) => {
  expect(orientationLetters(direction)).toBe(letters);
});

test("the stronger direction comes first", () => {
  expect(orientationLetters([0.5, -0.8, 0.3])).toBe("ALH");
});

test("a component of less than six degrees is left out", () => {
  expect(orientationLetters([Math.cos(0.08), 0, Math.sin(0.08)])).toBe("L");
  expect(orientationLetters([Math.cos(0.12), 0, Math.sin(0.12)])).toBe("LH");
});

test("length does not matter, and no direction has no letters", () => {
  expect(orientationLetters([0, 0.002, 0])).toBe("P");
  expect(orientationLetters([0, 0, 0])).toBe("");
});

test("the opposite edge has the opposite letters", () => {
  expect(orientationLetters(opposite([0.5, -0.8, 0.3]))).toBe("PRF");
});

test("the normal is row times column", () => {
  expect(planeAxes([1, 0, 0, 0, 1, 0])?.normal).toEqual([0, 0, 1]);
  expect(planeAxes([0, 1, 0, 0, 0, -1])?.normal).toEqual([-1, 0, 0]);
});

test("axes that are no unit vectors at right angles are not used", () => {
  expect(planeAxes([1, 0, 0, 1, 0, 0])).toBeUndefined();
  expect(planeAxes([2, 0, 0, 0, 1, 0])).toBeUndefined();
  expect(planeAxes([1, 0, 0])).toBeUndefined();
});

test("planes have their names", () => {
  expect(planeName([0, 0, 1])).toBe("axial");
  expect(planeName([-1, 0, 0])).toBe("sagittal");
  expect(planeName([0, 1, 0])).toBe("coronal");
  expect(planeName([0, 0.6, 0.8])).toBe("oblique axial");
});
