/** Images marked as key images and not yet stored, by study: in memory only, across the pages. */
import { type KeyImage, toggled } from "./key-images";

const marked = new Map<string, readonly KeyImage[]>();
const listeners = new Set<() => void>();
const NONE: readonly KeyImage[] = [];

export function markedImages(studyUid: string): readonly KeyImage[] {
  return marked.get(studyUid) ?? NONE;
}

/** Mark the image, or take its mark away. */
export function toggleMark(studyUid: string, image: KeyImage): void {
  setMarks(studyUid, toggled(markedImages(studyUid), image));
}

export function setMarks(studyUid: string, images: readonly KeyImage[]): void {
  if (images.length > 0) marked.set(studyUid, images);
  else marked.delete(studyUid);
  for (const listener of listeners) listener();
}

export function onMarks(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Ask before the pages are left while marks are not stored. */
globalThis.addEventListener?.("beforeunload", (event) => marked.size > 0 && event.preventDefault());
