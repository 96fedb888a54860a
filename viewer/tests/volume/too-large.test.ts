import { cache } from "@cornerstonejs/core";
import { expect, test } from "vitest";
import type { Frame } from "../../src/viewport/frames";
import { requireMemory, VolumeTooLarge } from "../../src/volume/too-large";

const VOLUME = {
  origin_mm: [0, 0, 0],
  row: [1, 0, 0],
  column: [0, 1, 0],
  normal: [0, 0, 1],
  spacing_mm: [1, 1, 1],
  dimensions: [100, 100, 50],
} as const;
const frame = (slope: number): Frame => ({
  dataset: { "00281053": { vr: "DS", Value: [slope] }, "00280100": { vr: "US", Value: [16] } },
  groups: [],
  instanceUid: "1",
  frameNumber: 1,
  nFramesInInstance: 1,
});

test("a volume must fit the memory for pictures", () => {
  cache.setMaxCacheSize(1_000_000);
  expect(() => requireMemory(VOLUME, [frame(1)])).not.toThrow();
  cache.setMaxCacheSize(999_999);
  expect(() => requireMemory(VOLUME, [frame(1)])).toThrow(VolumeTooLarge);
});

test("fractions take four bytes", () => {
  cache.setMaxCacheSize(1_999_999);
  expect(() => requireMemory(VOLUME, [frame(0.5)])).toThrow(VolumeTooLarge);
});
