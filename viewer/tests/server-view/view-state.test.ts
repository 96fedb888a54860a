import { expect, test } from "vitest";
import { placeOf, type SeriesDescription } from "../../src/server-view/server-view-api";
import {
  firstState,
  flipped,
  panned,
  quarterTurned,
  queryOf,
  rasterOf,
  scrolled,
  turned,
  windowed,
} from "../../src/server-view/view-state";

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

const wide = {
  ...described,
  planes: {
    axial: {
      ...plane,
      origin: [0, 0, 5],
      row: [1, 0, 0],
      column: [0, 1, 0],
      spacing_mm: [1, 1],
      size: [40, 20],
    },
  },
} as unknown as SeriesDescription;

test("a quarter turn brings the left to the top, and four of them nothing", () => {
  const once = quarterTurned(first);
  expect(rasterOf(once, wide, [20, 40])).toEqual({
    // The first pixel is at the top left of the screen: the lowest row at the left of the plane.
    origin: [0, 19, 5],
    row: [0, -1, 0],
    column: [1, 0, 0],
    spacing_mm: [1, 1],
    size: [20, 40],
  });
  const whole = quarterTurned(quarterTurned(quarterTurned(once)));
  expect(rasterOf(whole, wide, [40, 20])).toBeUndefined();
});

test("a flip changes what is seen on the screen, whichever way it was turned", () => {
  expect(rasterOf(flipped(first, "horizontal"), wide, [40, 20])).toMatchObject({
    origin: [39, 0, 5],
    row: [-1, 0, 0],
    column: [0, 1, 0],
  });
  const both = flipped(quarterTurned(first), "vertical");
  expect(rasterOf(both, wide, [20, 40])).toMatchObject({ row: [0, -1, 0], column: [-1, 0, 0] });
});

test("the picture follows the hand, however it lies", () => {
  const lying = quarterTurned(first);
  const moved = panned(lying, 3, 0);
  const [before, after] = [lying, moved].map((state) => rasterOf(state, wide, [20, 40])?.origin);
  // Three to the right: what was three further left on the screen, which is three further down the plane.
  expect(after).toEqual([before?.[0], (before?.[1] ?? 0) + 3, before?.[2]]);
});
