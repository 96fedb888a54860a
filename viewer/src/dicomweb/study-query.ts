/** From what a reader types to a QIDO-RS query. Source: DICOM PS3.18 sec. 10.6, matching PS3.4 sec. C.2.2.2. */
import { dateRange } from "./dates";

export interface StudySearch {
  name: string;
  patientId: string;
  from: string;
  to: string;
  modality: string;
  description: string;
}

export const NO_SEARCH: StudySearch = { name: "", patientId: "", from: "", to: "", modality: "", description: "" };

const RETURNED = [
  "StudyDescription",
  "ModalitiesInStudy",
  "NumberOfStudyRelatedSeries",
  "NumberOfStudyRelatedInstances",
] as const;

/** Return the query string; empty fields do not limit anything. */
export function studyQuery(search: StudySearch, limit: number, offset = 0): string {
  const query = new URLSearchParams();
  const put = (key: string, value: string) => value && query.set(key, value);
  put("PatientName", contains(search.name.replace(/,\s*/g, "^")));
  put("PatientID", contains(search.patientId));
  put("StudyDate", dateRange(search.from, search.to));
  put("ModalitiesInStudy", search.modality.trim().toUpperCase());
  put("StudyDescription", contains(search.description));
  for (const keyword of RETURNED) query.append("includefield", keyword);
  query.set("limit", String(limit));
  if (offset > 0) query.set("offset", String(offset));
  return query.toString();
}

export function isNarrowed(search: StudySearch): boolean {
  return Object.values(search).some((value) => value.trim() !== "");
}

function contains(typed: string): string {
  const trimmed = typed.trim();
  if (!trimmed) return "";
  return /[*?]/.test(trimmed) ? trimmed : `*${trimmed}*`;
}
