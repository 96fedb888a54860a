/**
 * Calibrated regions of an ultrasound picture: which one a pixel lies in, and what its place there means.
 *
 * Source: DICOM PS3.3 sec. C.8.5.5 (US Region Calibration).
 */
import { type Dataset, items, number } from "../dicomweb/json-model";

export interface Region {
  /** First and last columns and rows. */
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  /** True when another region that holds the pixel counts before this one. */
  isBehind: boolean;
  across: Direction;
  down: Direction;
}

/** What one direction of a region measures. */
export interface Direction {
  unit: string;
  perPixel: number;
  /** Pixel, counted in the picture, at which `referenceValue` holds. */
  referencePixel: number;
  referenceValue: number;
}

/** Source: DICOM PS3.3 sec. C.8.5.5.1.15 (Physical Units X and Y Direction). */
const UNITS = ["", "%", "dB", "cm", "s", "Hz", "dB/s", "cm/s", "cm²", "cm²/s", "cm³", "cm³/s", "°"] as const;

export function regionsOf(dataset: Dataset): Region[] {
  return items(dataset, "SequenceOfUltrasoundRegions").flatMap((item) => {
    const [x0, y0] = [number(item, "RegionLocationMinX0"), number(item, "RegionLocationMinY0")];
    const [x1, y1] = [number(item, "RegionLocationMaxX1"), number(item, "RegionLocationMaxY1")];
    const [deltaX, deltaY] = [number(item, "PhysicalDeltaX"), number(item, "PhysicalDeltaY")];
    if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined) return [];
    if (deltaX === undefined || deltaY === undefined) return [];
    const across: Direction = {
      unit: UNITS[number(item, "PhysicalUnitsXDirection") ?? 0] ?? "",
      perPixel: deltaX,
      referencePixel: x0 + (number(item, "ReferencePixelX0") ?? 0),
      referenceValue: number(item, "ReferencePixelPhysicalValueX") ?? 0,
    };
    const down: Direction = {
      unit: UNITS[number(item, "PhysicalUnitsYDirection") ?? 0] ?? "",
      perPixel: deltaY,
      referencePixel: y0 + (number(item, "ReferencePixelY0") ?? 0),
      referenceValue: number(item, "ReferencePixelPhysicalValueY") ?? 0,
    };
    // Bit 0 of the flags: 1 says that the region is behind others.
    return [{ x0, y0, x1, y1, isBehind: ((number(item, "RegionFlags") ?? 0) & 1) === 1, across, down }];
  });
}

export function regionAt(regions: readonly Region[], column: number, row: number): Region | undefined {
  const holding = regions.filter(({ x0, y0, x1, y1 }) => column >= x0 && column <= x1 && row >= y0 && row <= y1);
  return holding.find(({ isBehind }) => !isBehind) ?? holding[0];
}

export function valueAlong(direction: Direction, pixel: number): number {
  return (pixel - direction.referencePixel) * direction.perPixel + direction.referenceValue;
}

/** Return the place of a pixel in its region as people read it, or "" outside of all of them. */
export function placeText(regions: readonly Region[], column: number, row: number): string {
  const region = regionAt(regions, column, row);
  if (!region) return "";
  const parts = [
    [region.across, column],
    [region.down, row],
  ] as const;
  return parts
    .filter(([direction]) => direction.unit !== "")
    .map(([direction, pixel]) => `${valueAlong(direction, pixel).toFixed(2)} ${direction.unit}`)
    .join("  ");
}

/**
 * Return mm between columns and rows where tissue is shown, if all regions of lengths have one scale. Those behind
 * others count only where there are no others: tissue lies behind an ECG.
 */
export function tissueSpacing_mm(regions: readonly Region[]): { row: number; column: number } | undefined {
  const lengths = regions.filter(({ across, down }) => across.unit === "cm" && down.unit === "cm");
  const inFront = lengths.filter(({ isBehind }) => !isBehind);
  const tissue = inFront.length > 0 ? inFront : lengths;
  const spacings = tissue.map(({ across, down }) => ({
    row: Math.abs(down.perPixel) * 10,
    column: Math.abs(across.perPixel) * 10,
  }));
  const [first] = spacings;
  const isOne = spacings.every(({ row, column }) => isClose(row, first?.row) && isClose(column, first?.column));
  return isOne ? first : undefined;
}

function isClose(a: number, b = a): boolean {
  return Math.abs(a - b) <= 1e-3 * Math.abs(b);
}
