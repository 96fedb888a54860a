/** Bring an image of the study onto the screen, in whichever viewport holds its stack, or by opening its series. */
import { getRenderingEngines, StackViewport, utilities, VolumeViewport } from "@cornerstonejs/core";
import { go } from "../navigation/history";
import { viewPath } from "../navigation/route";
import type { ImageReference, Measurement, PatientPoint } from "./measurement";
import { namedBy } from "./study-images";
import { wantPoint } from "./wanted-point";

const LOOK_AGAIN_MS = 150;
const PATIENCE_MS = 15_000;

/** Show what a measurement was made on. */
export async function showMeasurement(studyUid: string, { place }: Measurement): Promise<void> {
  if (place.on === "image") await showImage(studyUid, place.image);
  else if (place.on === "space") showPoint(place.frameOfReferenceUid, place.points_mm);
}

/** Show an image; its series is opened if no viewport holds it. */
export async function showImage(
  studyUid: string,
  image: Pick<ImageReference, "seriesUid" | "sopInstanceUid" | "frame">,
): Promise<void> {
  if (await turnTo(image)) return;
  go(viewPath(studyUid, image.seriesUid), true);
  const giveUp = Date.now() + PATIENCE_MS;
  while (Date.now() < giveUp) {
    await new Promise((resume) => setTimeout(resume, LOOK_AGAIN_MS));
    if (await turnTo(image)) return;
  }
}

/** Turn the first viewport that holds the image to it; false when none does. */
async function turnTo(image: Pick<ImageReference, "sopInstanceUid" | "frame">): Promise<boolean> {
  for (const viewport of viewports()) {
    const index = viewport.getImageIds().findIndex((imageId) => {
      const named = namedBy(imageId);
      return named?.sopInstanceUid === image.sopInstanceUid && named.frame === image.frame;
    });
    if (index < 0) continue;
    await utilities.jumpToSlice(viewport.element, { imageIndex: index });
    return true;
  }
  return false;
}

/** Turn the viewports of this frame of reference to the slice nearest to the first point. */
function showPoint(frameOfReferenceUid: string, [point]: readonly PatientPoint[]): void {
  if (!point) return;
  wantPoint(frameOfReferenceUid, point);
  const world: [number, number, number] = [...point];
  for (const viewport of viewports()) {
    if (viewport.getFrameOfReferenceUID() !== frameOfReferenceUid) continue;
    viewport.jumpToWorld(world);
    viewport.render();
  }
}

type Sliced = StackViewport | VolumeViewport;

function viewports(): Sliced[] {
  const all = (getRenderingEngines() ?? []).flatMap((engine): unknown[] => engine.getViewports());
  return all.filter((one): one is Sliced => one instanceof StackViewport || one instanceof VolumeViewport);
}
