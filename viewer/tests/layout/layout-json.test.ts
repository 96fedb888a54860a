import { expect, test } from "vitest";
import { emptyLayout, type Layout, multiplanar, stackOf, withCell, withLinks } from "../../src/layout/layout";
import { layoutFromJson, layoutToJson } from "../../src/layout/layout-json";

const FULL: Layout = withLinks(
  withCell(multiplanar(emptyLayout(), "1.2", "1.2.1"), 2, {
    ...stackOf("1.2", "1.2.7"),
    kind: "plane",
    settings: {
      plane: "coronal",
      slab: { projection: "maximum", thickness_mm: 12.5 },
      fusion: { seriesUid: "1.2.9", colourMap: "hot iron", opacity: 0.4 },
      rendering: "CT-Bone",
      window: { center: 40, width: 400 },
      isInverted: true,
      rotation_deg: 90,
      isFlippedHorizontally: false,
      isFlippedVertically: true,
    },
  }),
  { scroll: true },
);

test("a layout comes back from JSON as it was", () => {
  expect(layoutFromJson(layoutToJson(FULL))).toEqual(FULL);
  expect(layoutFromJson(layoutToJson(emptyLayout(2, 3)))).toEqual(emptyLayout(2, 3));
});

const changed = (change: (given: Record<string, never>) => void) => {
  const given = JSON.parse(layoutToJson(FULL));
  change(given);
  return () => layoutFromJson(JSON.stringify(given));
};

test.each<[string, (given: never) => void]>([
  ["version", (given: { version: number }) => Object.assign(given, { version: 2 })],
  ["cells", (given: { cells: unknown[] }) => given.cells.pop()],
  ["cells[2].kind", (given: { cells: { kind: string }[] }) => Object.assign(given.cells[2] ?? {}, { kind: "cube" })],
  ["cells[0].seriesUid", (given: { cells: object[] }) => Object.assign(given.cells[0] ?? {}, { seriesUid: "../x" })],
  [
    "cells[2].settings.fusion.opacity",
    (given: { cells: { settings: { fusion: object } }[] }) =>
      Object.assign(given.cells[2]?.settings.fusion ?? {}, { opacity: 2 }),
  ],
  [
    "cells[0].settings.mood",
    (given: { cells: { settings: object }[] }) => Object.assign(given.cells[0]?.settings ?? {}, { mood: 1 }),
  ],
  ["active", (given: { active: number }) => Object.assign(given, { active: 4 })],
])("%s that does not fit is named", (place, change) => {
  expect(changed(change as never)).toThrow(`In this layout ${place} is`);
});

test("what a hanging protocol adds to a cell comes back, too", () => {
  const hung = withCell(emptyLayout(), 0, {
    ...stackOf("1.2", "1.2.7"),
    instanceUids: ["1.2.7.1", "1.2.7.2"],
    settings: { framing: { width_mm: 180, height_mm: 240, edge: "right" } },
  });
  expect(layoutFromJson(layoutToJson(hung))).toEqual(hung);
  const given = JSON.parse(layoutToJson(hung));
  given.cells[0].settings.framing.edge = "top";
  expect(() => layoutFromJson(JSON.stringify(given))).toThrow("cells[0].settings.framing.edge");
});
