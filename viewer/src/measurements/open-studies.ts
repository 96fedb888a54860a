/** The studies whose measurements are in memory: they outlive the page, so that nothing unsaved is lost with it. */
import { StudyMeasurements } from "./study-measurements";

const studies = new Map<string, StudyMeasurements>();

/** Return the measurements of a study, the same ones for as long as the pages are open. */
export function measurementsOf(studyUid: string): StudyMeasurements {
  const known = studies.get(studyUid);
  if (known) return known;
  const made = new StudyMeasurements(studyUid);
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
  for (const study of studies.values()) if (study.hasUnsaved) void study.save();
}
