/** The series of a study and the metadata of the first, asked for at the start of the page or when they are needed. */
import { seriesMetadata } from "../dicomweb/retrieve";
import { findSeries } from "../dicomweb/studies";
import { beginAhead, shareAhead, takeAhead } from "../http/ahead";
import { openingSeries } from "./pictures";

/** Ask for both; what fails here is asked for again, and told, where it is needed. */
export async function askAhead(studyUid: string, seriesUid: string | undefined): Promise<void> {
  try {
    const found = beginAhead(`series ${studyUid}`, () => findSeries(studyUid));
    const first = seriesUid ?? openingSeries(await found)?.uid;
    if (first) await beginAhead(`metadata ${first}`, () => seriesMetadata(studyUid, first));
  } catch {
    // Above all: nobody is signed in yet.
  }
}

/** Return the metadata of a series, and leave them for whoever needs them next. */
export function metadataAhead(studyUid: string, seriesUid: string) {
  return shareAhead(`metadata ${seriesUid}`, () => seriesMetadata(studyUid, seriesUid));
}

/** Return the series of a study, and leave them for whoever needs them next. */
export function seriesAhead(studyUid: string) {
  return shareAhead(`series ${studyUid}`, () => findSeries(studyUid));
}

/** Return the series of a study. */
export function seriesToOpen(studyUid: string) {
  return takeAhead(`series ${studyUid}`, () => findSeries(studyUid));
}

/** Return the metadata of a series. */
export function metadataToOpen(studyUid: string, seriesUid: string) {
  return takeAhead(`metadata ${seriesUid}`, () => seriesMetadata(studyUid, seriesUid));
}
