/** Colours for what is laid over another picture. */
import { utilities } from "@cornerstonejs/core";

/**
 * Black, red, yellow, white as fractions: red rises over the first half, green over the second, blue over the last
 * quarter. Source: DICOM PS3.6 sec. B.1.1 (Hot Iron).
 */
export const HOT_IRON_POINTS = [
  [0, 0, 0, 0],
  [128 / 255, 1, 0, 0],
  [192 / 255, 1, 128 / 255, 0],
  [1, 1, 1, 1],
] as const;
export const HOT_IRON = "Hot Iron";

/** The maps offered; those besides Hot Iron come with vtk.js under these names. */
export const COLOUR_MAPS = [
  HOT_IRON,
  "Black-Body Radiation",
  "Viridis (matplotlib)",
  "jet",
  "Cool to Warm",
  "Grayscale",
] as const;

export function registerColourMaps(): void {
  utilities.colormap.registerColormap({
    ColorSpace: "RGB",
    Name: HOT_IRON,
    name: HOT_IRON,
    RGBPoints: HOT_IRON_POINTS.flat(),
  } as Parameters<typeof utilities.colormap.registerColormap>[0]);
}
