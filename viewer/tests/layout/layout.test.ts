import { expect, test } from "vitest";
import {
  activeCell,
  emptyLayout,
  filled,
  multiplanar,
  stackOf,
  toggledMaximised,
  withActive,
  withCell,
  withGrid,
  withNeighbourActive,
  withSettings,
} from "../../src/layout/layout";

const [A, B] = [stackOf("1.2", "1.2.1"), stackOf("1.2", "1.2.2")];

test("a grid has rows times columns cells, and another grid keeps what fits", () => {
  const two = withCell(withCell(emptyLayout(1, 2), 0, A), 1, B);
  const six = withGrid(two, 2, 3);
  expect(six.cells).toEqual([A, B, null, null, null, null]);
  expect(six.active).toBe(1);
});

test("what is being read is never the cell that a smaller grid leaves out", () => {
  const four = withCell(withCell(emptyLayout(2, 2), 0, A), 3, B);
  expect(withGrid(four, 1, 1).cells).toEqual([B]);
});

test("impossible grids and cells are refused", () => {
  expect(() => withGrid(emptyLayout(), 0, 2)).toThrow(RangeError);
  expect(() => withGrid(emptyLayout(), 2, 99)).toThrow(RangeError);
  expect(() => withActive(emptyLayout(), 1)).toThrow("no cell 1");
});

test("the active cell moves to a neighbour and stops at the edge", () => {
  const layout = withNeighbourActive(emptyLayout(2, 3), 1, 0);
  expect(layout.active).toBe(3);
  expect(withNeighbourActive(layout, 0, -1).active).toBe(3);
  expect(withNeighbourActive(layout, 0, 1).active).toBe(4);
  expect(withNeighbourActive(withActive(layout, 2), 0, 1).active).toBe(2);
});

test("maximising one cell and back keeps every cell", () => {
  const layout = withCell(emptyLayout(1, 2), 1, B);
  const large = toggledMaximised(layout, 1);
  expect([large.isMaximised, large.active]).toEqual([true, 1]);
  expect(toggledMaximised(large).cells).toEqual(layout.cells);
  expect(toggledMaximised(emptyLayout()).isMaximised).toBe(false);
});

test("settings are added to those a cell has", () => {
  const layout = withSettings(withSettings(withCell(emptyLayout(), 0, A), 0, { isInverted: true }), 0, {
    rotation_deg: 90,
  });
  expect(activeCell(layout)?.settings).toEqual({ isInverted: true, rotation_deg: 90 });
  expect(A.settings).toEqual({});
});

test("three planes and a solid of one series", () => {
  const { cells, rows, columns } = multiplanar(emptyLayout(), "1.2", "1.2.1");
  expect([rows, columns]).toEqual([2, 2]);
  expect(cells.map((cell) => cell?.settings.plane ?? cell?.kind)).toEqual(["axial", "coronal", "sagittal", "solid"]);
});

test("empty cells take the series that are not shown yet", () => {
  const layout = withCell(emptyLayout(2, 2), 1, A);
  expect(filled(layout, "1.2", ["1.2.1", "1.2.2", "1.2.3"]).cells.map((cell) => cell?.seriesUid)).toEqual([
    "1.2.2",
    "1.2.1",
    "1.2.3",
    undefined,
  ]);
});
