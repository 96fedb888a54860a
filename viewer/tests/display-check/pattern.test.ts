import { describe, expect, it } from "vitest";
import { type Area, CORNER_STEP, LEVELS, levelPattern, N_LEVELS, patternOf } from "../../src/display-check/pattern";

const [WIDTH, HEIGHT] = [1600, 1200];
const PATTERN = patternOf(WIDTH, HEIGHT);
const UNIT = 80;

/** The grey of a pixel: of the area drawn last over it. */
const greyAt = (areas: readonly Area[], x: number, y: number) =>
  areas.findLast((area) => x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height)?.grey;

const [LEFT, TOP] = [WIDTH / 2 - 9 * UNIT, HEIGHT / 2 - 5 * UNIT];
const patchAt = (i: number) => [LEFT + (i % 9) * 2 * UNIT, TOP + Math.floor(i / 9) * 2 * UNIT] as const;

describe("the test pattern", () => {
  it("has 18 patches in equal steps from black to white", () => {
    expect(LEVELS).toHaveLength(N_LEVELS);
    expect([LEVELS[0], LEVELS[17]]).toEqual([0, 255]);
    for (let i = 0; i < N_LEVELS; i++) {
      const [x, y] = patchAt(i);
      expect(greyAt(PATTERN.areas, x + UNIT, y + UNIT), `patch ${i}`).toBe(15 * i);
    }
  });

  it("has corners a little lighter and darker in every patch that can have them", () => {
    for (let i = 1; i < N_LEVELS - 1; i++) {
      const [x, y] = patchAt(i);
      const corners = [20, 2 * UNIT - 20].flatMap((dy) => [20, 2 * UNIT - 20].map((dx) => [x + dx, y + dy] as const));
      const greys = corners.map(([cx, cy]) => (greyAt(PATTERN.areas, cx, cy) ?? 0) - 15 * i);
      expect(greys, `patch ${i}`).toEqual([CORNER_STEP, -CORNER_STEP, -CORNER_STEP, CORNER_STEP]);
    }
  });

  it("has 5 percent in black and 95 percent in white", () => {
    const [top, size] = [HEIGHT / 2 + 0.3 * UNIT, 2.6 * UNIT];
    const [black, white] = [WIDTH / 2 - 3 * UNIT, WIDTH / 2 + 3 * UNIT - size];
    expect(greyAt(PATTERN.areas, black + 5, top + 5)).toBe(0);
    expect(greyAt(PATTERN.areas, black + size / 2, top + size / 2)).toBe(Math.round(0.05 * 255));
    expect(greyAt(PATTERN.areas, white + 5, top + 5)).toBe(255);
    expect(greyAt(PATTERN.areas, white + size / 2, top + size / 2)).toBe(Math.round(0.95 * 255));
  });

  it("has letters that end one step from their ground", () => {
    expect(PATTERN.letters).toHaveLength(3 * 14);
    const steps = (ground: number, letters: typeof PATTERN.letters) =>
      letters.map(({ grey }) => Math.abs(grey - ground));
    const descending = Array.from({ length: 14 }, (_, i) => 14 - i);
    expect(steps(0, PATTERN.letters.slice(0, 14))).toEqual(descending);
    expect(steps(128, PATTERN.letters.slice(14, 28))).toEqual(descending);
    expect(steps(255, PATTERN.letters.slice(28))).toEqual(descending);
  });

  it("has lines of single pixels in the corner", () => {
    const row = Array.from({ length: 8 }, (_, i) => greyAt(PATTERN.areas, UNIT + i, UNIT + 2));
    expect(row).toEqual([255, 0, 255, 0, 255, 0, 255, 0]);
  });

  it.each([
    [800, 600],
    [1279, 717],
    [5120, 2880],
  ])("stays on whole pixels and within a picture of %i x %i", (width, height) => {
    for (const area of patternOf(width, height).areas) {
      expect(Object.values(area).every(Number.isInteger), JSON.stringify(area)).toBe(true);
      expect(area.x >= 0 && area.y >= 0 && area.x + area.width <= width && area.y + area.height <= height).toBe(true);
      expect(area.grey >= 0 && area.grey <= 255).toBe(true);
    }
  });

  it("shows one level on a tenth of the picture for a photometer", () => {
    const [around, middle] = levelPattern(1000, 1000, 17);
    expect([around?.grey, middle?.grey]).toEqual([51, 255]);
    expect((middle?.width ?? 0) ** 2 / 1e6).toBeCloseTo(0.1, 2);
  });
});
