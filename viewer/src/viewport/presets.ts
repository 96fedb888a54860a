/** The windows offered for a frame, in the unit of the values that are shown. */
import { text } from "../dicomweb/json-model";
import { valueMeaning } from "../overlays/pixel-value";
import { isUptake, suvFactor } from "../overlays/suv";
import { storedWindows, usualWindows, type WindowPreset, windowPresets, windowsOfUnit } from "../tools/window-presets";
import { type Frame, frameNumbers } from "./frames";

export function presetsOf(frame: Frame | undefined): WindowPreset[] {
  if (!frame) return [];
  const [center] = frameNumbers(frame, "FrameVoiLutSequence", "WindowCenter");
  const [width] = frameNumbers(frame, "FrameVoiLutSequence", "WindowWidth");
  const stored = storedWindows(frame.dataset);
  const ofFrame: WindowPreset[] =
    center !== undefined && width !== undefined ? [{ name: "stored", window: { center, width } }] : [];
  const isSuv = isUptake(frame.dataset);
  const own = (stored.length > 0 ? stored : ofFrame).map((preset) => (isSuv ? inUptake(preset, frame) : preset));
  return windowPresets(own, [...ofUnit(frame), ...usualWindows(frame.dataset, isSuv)]);
}

/** Windows are set in rescaled values; maps are read in the unit that they are mapped to. */
function ofUnit(frame: Frame): WindowPreset[] {
  const { unit, line } = valueMeaning(frame.dataset, frame.groups);
  if (!line) return [];
  const { slope, intercept } = line;
  return windowsOfUnit(unit).flatMap((preset) =>
    preset.window && slope !== 0
      ? {
          ...preset,
          window: { center: (preset.window.center - intercept) / slope, width: preset.window.width / Math.abs(slope) },
        }
      : [],
  );
}

/** Whether windows of this frame are meant for values that are no whole numbers. */
export function hasExactWindow({ dataset }: Frame): boolean {
  return isUptake(dataset) || text(dataset, "VoiLutFunction") === "LINEAR_EXACT";
}

/** The object's window is in its own unit; values are shown as uptake. */
function inUptake(preset: WindowPreset, { dataset }: Frame): WindowPreset {
  const suv = suvFactor(dataset);
  if (!preset.window || !("factor" in suv)) return preset;
  return { ...preset, window: { center: preset.window.center * suv.factor, width: preset.window.width * suv.factor } };
}
