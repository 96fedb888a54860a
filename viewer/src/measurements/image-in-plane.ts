/** The image in whose slice a measurement in space lies, so that it is drawn there, too. */
import { cross, dot, minus, norm } from "../overlays/vectors";
import { frameNumbers } from "../viewport/frames";
import type { Measurement } from "./measurement";
import type { StudyImage } from "./study-images";

/** Rounding to single precision and the written digits of a position. */
const ROUNDING_MM = 0.01;

/** Return the nearest image whose slice holds all points; undefined where there is none, and for lengths in space. */
export function imageInPlane(
  { kind, place }: Pick<Measurement, "kind" | "place">,
  images: readonly StudyImage[],
): StudyImage | undefined {
  // A length between slices is drawn by a tool of its own, in every picture. A point lies in a slice of every series:
  // it stays in the picture where it was set.
  if (!kind || kind === "Length" || kind === "Probe" || place.on !== "space") return undefined;
  let nearest: { image: StudyImage; off_mm: number } | undefined;
  for (const image of images) {
    if (image.frameOfReferenceUid !== place.frameOfReferenceUid) continue;
    const normal = cross(image.geometry.alongRow, image.geometry.alongColumn);
    const offs_mm = place.points_mm.map(
      (point) => Math.abs(dot(minus(point, image.geometry.position_mm), normal)) / norm(normal),
    );
    const off_mm = Math.max(...offs_mm);
    if (off_mm <= reach_mm(image) && (!nearest || off_mm < nearest.off_mm)) nearest = { image, off_mm };
  }
  return nearest?.image;
}

function reach_mm({ frame }: StudyImage): number {
  const [thickness_mm = 0] = frameNumbers(frame, "PixelMeasuresSequence", "SliceThickness");
  return thickness_mm / 2 + ROUNDING_MM;
}
