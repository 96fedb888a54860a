/** What kind of study it is, for remembering a choice: modalities and body parts, nothing about a person. */

import { hasUsuallyPictures } from "../documents/without-pictures";
import type { StudyFacts } from "./facts";

const MOST_CHARACTERS = 200;

export function studyKind({ series }: StudyFacts): string {
  const pictures = series.filter(({ modality }) => hasUsuallyPictures(modality));
  const listed = (all: readonly string[]) => [...new Set(all.map((one) => one.toUpperCase()))].filter(Boolean).sort();
  const modalities = listed(pictures.map(({ modality }) => modality)).join("+");
  const parts = listed(pictures.map(({ bodyPart }) => bodyPart)).join("+");
  return [modalities || "-", parts].filter(Boolean).join(" ").slice(0, MOST_CHARACTERS);
}
