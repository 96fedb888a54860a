import { expect, test } from "vitest";
import { emptyLayout, stackOf, withBeside, withCell } from "../../src/layout/layout";

const seriesOf = (layout: ReturnType<typeof emptyLayout>) => layout.cells.map((cell) => cell?.seriesUid);

test("a second series comes beside the only one", () => {
  const one = withCell(emptyLayout(), 0, stackOf("1", "report"));
  const two = withBeside(one, stackOf("1", "images"));
  expect(seriesOf(two)).toEqual(["report", "images"]);
  expect(two.active).toBe(1);
});

test("a series that is shown becomes the active one", () => {
  const two = withBeside(withCell(emptyLayout(), 0, stackOf("1", "report")), stackOf("1", "images"));
  const again = withBeside({ ...two, active: 0 }, stackOf("1", "images"));
  expect(seriesOf(again)).toEqual(["report", "images"]);
  expect(again.active).toBe(1);
});

test("the cell after the active one gives way when all are filled", () => {
  const two = withBeside(withCell(emptyLayout(), 0, stackOf("1", "report")), stackOf("1", "images"));
  expect(seriesOf(withBeside({ ...two, active: 0 }, stackOf("1", "other")))).toEqual(["report", "other"]);
});
