import { expect, test } from "vitest";
import { signedDistances_mm } from "../../src/segmentation/distance-map";
import { grown } from "../../src/segmentation/grow";
import { between, interpolated } from "../../src/segmentation/interpolate";
import { islandsOf, onlyLargest, withoutSmall } from "../../src/segmentation/islands";
import { smoothed } from "../../src/segmentation/smooth";
import { emptyMask, type Mask } from "../../src/segmentation/volume-of-labels";

const SPACING_MM = [0.8, 1.1, 1.5] as const;
const SIZE = [60, 44, 32] as const;

/** A mask of the voxels whose centres fulfil a condition; positions in mm from the middle of the box. */
function mask(isIn: (x_mm: number, y_mm: number, z_mm: number) => boolean, size: Mask["size"] = SIZE): Mask {
  const made = emptyMask(size);
  const [nx, ny, nz] = size;
  for (let z = 0, at = 0; z < nz; z += 1)
    for (let y = 0; y < ny; y += 1)
      for (let x = 0; x < nx; x += 1, at += 1) {
        const place = [(x - (nx - 1) / 2) * 0.8, (y - (ny - 1) / 2) * 1.1, (z - (nz - 1) / 2) * 1.5] as const;
        made.voxels[at] = isIn(...place) ? 1 : 0;
      }
  return made;
}

const count = ({ voxels }: Pick<Mask, "voxels">) => voxels.reduce((sum, value) => sum + value, 0);
const ball =
  (radius: number, cx = 0) =>
  (x: number, y: number, z: number) =>
    Math.hypot(x - cx, y, z) <= radius;

test("growing from inside a ball finds the ball and nothing of its neighbour", () => {
  const radius_mm = 10;
  const both = mask((x, y, z) => ball(radius_mm, -11)(x, y, z) || ball(radius_mm, 11)(x, y, z));
  const isIn = (x: number, y: number, z: number) => both.voxels[x + 60 * (y + 44 * z)] === 1;
  const found = grown(SIZE, [Math.round(29.5 - 11 / 0.8), 22, 16], isIn);
  const volume_mm3 = count(found) * 0.8 * 1.1 * 1.5;
  const truth_mm3 = (4 / 3) * Math.PI * radius_mm ** 3;
  // Voxels on the surface fall in or out: half a percent here.
  expect(Math.abs(volume_mm3 / truth_mm3 - 1)).toBeLessThan(0.01);
  expect(count(found) * 2).toBe(count(both));
});

test("growing goes around corners and stays out where the value is not in the range", () => {
  const wall = (x: number, y: number) => x === 2 && y !== 4;
  const found = grown([5, 5, 1], [0, 0, 0], (x, y) => !wall(x, y));
  expect(count(found)).toBe(25 - 4);
  expect(count(grown([5, 5, 1], [2, 0, 0], (x, y) => !wall(x, y)))).toBe(0);
  expect(count(grown([5, 5, 1], [7, 0, 0], () => true))).toBe(0);
});

test("distances from the border of a disc are those of its radius", () => {
  const slice = { columns: 60, rows: 44, columnSpacing_mm: 0.8, rowSpacing_mm: 1.1 };
  const disc = mask((x, y) => Math.hypot(x, y) <= 12, [60, 44, 1]);
  const found = signedDistances_mm(disc.voxels, slice);
  for (let row = 0; row < 44; row += 1)
    for (let column = 0; column < 60; column += 1) {
      const truth = Math.hypot((column - 29.5) * 0.8, (row - 21.5) * 1.1) - 12;
      // Nearest pixel centres instead of the circle itself.
      expect(Math.abs((found[row * 60 + column] ?? 0) - truth)).toBeLessThan(1);
    }
});

test("between two discs lies the disc of the radius between theirs", () => {
  const slice = { columns: 120, rows: 88, columnSpacing_mm: 0.8, rowSpacing_mm: 1.1 };
  const disc = (radius: number) => mask((x, y) => Math.hypot(x, y) <= radius, [120, 88, 1]).voxels;
  const [low, high] = [
    { position_mm: 10, mask: disc(10) },
    { position_mm: 18, mask: disc(30) },
  ];
  for (const position_mm of [12, 14, 16]) {
    const area_mm2 = count({ voxels: between(low, high, position_mm, slice) }) * 0.8 * 1.1;
    const radius_mm = Math.sqrt(area_mm2 / Math.PI);
    expect(Math.abs(radius_mm - (10 + ((position_mm - 10) / 8) * 20))).toBeLessThan(0.4);
  }
});

test("a cone marked on three unequally spaced slices is filled between them, and nowhere else", () => {
  const slice = { columns: 120, rows: 88, columnSpacing_mm: 0.8, rowSpacing_mm: 1.1 };
  const positions_mm = [0, 2, 5, 6, 9, 12, 20, 24];
  const radius = (position: number) => 5 + position;
  const disc = (r: number) => mask((x, y) => Math.hypot(x, y) <= r, [120, 88, 1]).voxels;
  const masks = positions_mm.map((position, index) => ([1, 4, 6].includes(index) ? disc(radius(position)) : undefined));
  const found = interpolated(masks, positions_mm, slice);
  expect(found.map((one) => one !== undefined)).toEqual([false, false, true, true, false, true, false, false]);
  for (const index of [2, 3, 5]) {
    const area_mm2 = count({ voxels: found[index] as Uint8Array }) * 0.8 * 1.1;
    expect(Math.abs(Math.sqrt(area_mm2 / Math.PI) - radius(positions_mm[index] as number))).toBeLessThan(0.4);
  }
});

test("islands are counted, the largest is kept and small ones go", () => {
  const three = mask(
    (x, y, z) => ball(3, -15)(x, y, z) || ball(8, 5)(x, y, z) || (Math.abs(x - 20) < 1 && y ** 2 + z ** 2 < 1),
  );
  const parts = islandsOf(three).map((part) => part.length);
  expect(parts).toEqual([count(mask(ball(8, 5))), count(mask(ball(3, -15))), 8]);
  expect(onlyLargest(three).voxels).toEqual(mask(ball(8, 5)).voxels);
  expect(count(withoutSmall(three, 9))).toBe((parts[0] ?? 0) + (parts[1] ?? 0));
  // Corners do not hang together.
  const diagonal = { size: [2, 2, 1] as const, voxels: Uint8Array.of(1, 0, 0, 1) };
  expect(islandsOf(diagonal).length).toBe(2);
});

test("smoothing leaves a flat border and a large ball, and takes spikes and holes", () => {
  const half = mask((x) => x < 0);
  expect(smoothed(half, SPACING_MM, 2).voxels).toEqual(half.voxels);
  const rough = mask(ball(12));
  const truth = count(rough);
  const [spike, hole] = [(22 * 60 + 2) * 1 + 60 * 44 * 16, 60 * (22 + 44 * 16) + 30];
  rough.voxels[spike] = 1;
  rough.voxels[hole] = 0;
  const found = smoothed(rough, SPACING_MM, 1);
  expect(found.voxels[spike]).toBe(0);
  expect(found.voxels[hole]).toBe(1);
  // A ball shrinks by sigma^2 / radius; 0.1 mm of its radius are 2.5 % of its volume.
  const expected = truth * (1 - 1 / 12 / 12) ** 3;
  expect(Math.abs(count(found) / expected - 1)).toBeLessThan(0.025);
});
