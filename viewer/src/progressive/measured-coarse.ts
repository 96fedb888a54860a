/** What was measured on a coarse picture is measured again on the whole one. */
import { annotation } from "@cornerstonejs/tools";

type Marks = ReadonlyMap<string, string>;

/** Return the places of all that is drawn on an image. */
export function marksOn(imageId: string): Marks {
  return new Map(drawnOn(imageId).map((each) => [each.annotationUID ?? "", placeOf(each)]));
}

/** Let the numbers of everything that is new or elsewhere since then be computed anew. */
export function measureAgain(imageId: string, before: Marks): void {
  for (const each of drawnOn(imageId)) {
    if (before.get(each.annotationUID ?? "") !== placeOf(each)) each.invalidated = true;
  }
}

function drawnOn(imageId: string) {
  const all = annotation.state.getAllAnnotations();
  return all.filter(({ metadata }) => metadata?.referencedImageId === imageId);
}

function placeOf({ data }: ReturnType<typeof drawnOn>[number]): string {
  return JSON.stringify([data.handles?.points, data.contour?.polyline]);
}
