/** Which images a viewport shows. */

interface Showing {
  getImageIds(): readonly string[] | undefined;
}

interface ShowingVolumes extends Showing {
  getActors(): readonly unknown[] | undefined;
}

/**
 * Return the images of a stack, or of the first volume.
 *
 * A viewport knows the name of its volume before it has it: until its actor is there, Cornerstone throws when it is
 * asked for images, and it may well draw meanwhile.
 */
export function imagesInView(viewport: Showing | ShowingVolumes, isStack: boolean): readonly string[] {
  if (!isStack && "getActors" in viewport && !viewport.getActors()?.length) return [];
  return viewport.getImageIds() ?? [];
}
