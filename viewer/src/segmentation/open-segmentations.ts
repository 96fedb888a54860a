/** The studies whose segmentations are in memory: they outlive the page, so that nothing unsaved is lost with it. */
import { StudySegmentations } from "./study-segmentations";

const studies = new Map<string, StudySegmentations>();

/** Return the segmentations of a study, the same ones for as long as the pages are open. */
export function segmentationsOf(studyUid: string): StudySegmentations {
  const known = studies.get(studyUid);
  if (known) return known;
  for (const [uid, study] of studies) if (!study.hasUnsaved) studies.delete(uid);
  const made = new StudySegmentations(studyUid);
  studies.set(studyUid, made);
  return made;
}

/** Ask before the pages are left while something is not saved; save at once when they are put away or come back. */
addEventListener("beforeunload", (event) => {
  if ([...studies.values()].some(({ hasUnsaved }) => hasUnsaved)) event.preventDefault();
});
addEventListener("visibilitychange", () => document.visibilityState === "hidden" && saveAll());
addEventListener("online", saveAll);

function saveAll(): void {
  for (const study of studies.values()) void study.save();
}
