/** Which writing a person wants over the picture. */
export interface OverlayChoice {
  isShown: boolean;
  patient: boolean;
  technique: boolean;
  orientation: boolean;
  scale: boolean;
  lines: boolean;
}

export const ALL_OVERLAYS: OverlayChoice = {
  isShown: true,
  patient: true,
  technique: true,
  orientation: true,
  scale: true,
  lines: true,
};
