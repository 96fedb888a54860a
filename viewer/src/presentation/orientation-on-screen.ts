/**
 * How an image is turned on the screen, as a presentation state says it: clockwise first, then flipped left and right.
 *
 * Source: DICOM PS3.3 sec. C.10.6 (Spatial Transformation).
 */
export interface OrientationOnScreen {
  /** 0, 90, 180 or 270. */
  rotation_deg: number;
  isFlipped: boolean;
}

/** x to the right and y downwards on the screen. */
export type ScreenVector = readonly [number, number];

/** Return it from where columns and rows of the image count up on the screen, to the nearest quarter turn. */
export function orientationOnScreen(alongRow: ScreenVector, alongColumn: ScreenVector): OrientationOnScreen {
  const isFlipped = alongRow[0] * alongColumn[1] - alongRow[1] * alongColumn[0] < 0;
  const x = isFlipped ? -alongRow[0] : alongRow[0];
  const angle_deg = (Math.atan2(alongRow[1], x) * 180) / Math.PI;
  return { rotation_deg: (((Math.round(angle_deg / 90) * 90) % 360) + 360) % 360, isFlipped };
}
