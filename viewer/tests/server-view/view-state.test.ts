import { expect, test } from "vitest";
import { placeOf, type SeriesDescription } from "../../src/server-view/server-view-api";
import { firstState, queryOf, scrolled, turned, windowed } from "../../src/server-view/view-state";

const plane = { offsets_mm: [-10, 10], step_mm: 2.5 };
const described = {
  window: { center: 40, width: 400 },
  range: [-1000, 3000],
  modality: "CT",
  planes: { axial: plane, coronal: plane, sagittal: plane },
} as unknown as SeriesDescription;
const first = firstState(described);

test("scrolling goes slice by slice and ends within the last one", () => {
  expect(scrolled(first, described, 1).offset_mm).toBe(2.5);
  expect(scrolled(first, described, 99).offset_mm).toBe(8.75);
  expect(scrolled(first, described, -99).offset_mm).toBe(-8.75);
});

test("scrolling a body makes it larger or smaller", () => {
  const body = { ...first, mode: "body" as const };
  expect(scrolled(body, described, -1).zoom).toBeCloseTo(1.1);
  expect(scrolled(body, described, 100).zoom).toBe(0.25);
});

test("dragging windows a plane by a thousandth of its range a pixel", () => {
  expect(windowed(first, described, 10, -5)).toMatchObject({ width: 440, center: 20 });
  expect(windowed(first, described, -9999, 0).width).toBeGreaterThan(0);
});

test("dragging turns a body half a degree a pixel, never over its poles", () => {
  expect(turned(first, -20, 0).azimuth_deg).toBe(10);
  expect(turned(first, 20, 0).azimuth_deg).toBe(350);
  expect(turned(first, 0, 999).elevation_deg).toBe(90);
});

test("a request holds what its kind of view needs and nothing about a patient", () => {
  const axial = queryOf({ ...first, overlay: "1.2/3.4", slab_mm: 10 }, [300, 200]);
  expect([...axial.keys()]).toEqual(["size", "plane", "offset", "window", "slab", "projection", "overlay", "opacity"]);
  expect([...queryOf({ ...first, mode: "body" }, [300, 200]).keys()]).toEqual([
    "size",
    "azimuth",
    "elevation",
    "zoom",
    "preset",
  ]);
});

test("a pixel knows its place in the patient", () => {
  const picture = {
    address: "",
    origin: [10, 20, 30],
    row: [0, 1, 0],
    column: [0, 0, -1],
    spacing_mm: [2, 0.5],
    size: [4, 4],
  } as const;
  expect(placeOf(picture, 4, 3)).toEqual([10, 22, 24]);
});
