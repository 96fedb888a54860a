/** Requests of the work list. What is searched for goes in the body, never in an address: it may be a name. */
import { getJson, postJson, send } from "../http/request";

export type ReadingState = "unread" | "reading" | "read";
export const READING_STATES: readonly ReadingState[] = ["unread", "reading", "read"];

/** One study of the list. */
export interface Row {
  id: number;
  uid: string;
  patient_name: string;
  patient_id: string;
  birth_date: string;
  sex: string;
  date: string;
  time: string;
  accession_number: string;
  description: string;
  /** Separated by commas. */
  modalities: string;
  n_series: number;
  n_instances: number;
  state: ReadingState;
  reader: string;
  reader_name: string;
  marked_at: string;
  /** How many instances the study had when its state was given. */
  n_marked: number;
}

export type Mark = Pick<Row, "uid" | "state" | "reader" | "reader_name" | "marked_at" | "n_marked">;

export type Column =
  | "state"
  | "patientName"
  | "patientId"
  | "date"
  | "modalities"
  | "description"
  | "accessionNumber"
  | "nSeries"
  | "nInstances";

/** What the server searches by. */
export interface Request {
  text: string;
  first_date: string;
  last_date: string;
  modalities: readonly string[];
  states: readonly ReadingState[];
  sort: Column;
  is_descending: boolean;
}

export interface Page {
  rows: Row[];
  up_to: number;
  sequence: number;
  counts?: Partial<Record<ReadingState, number>>;
  n_instances?: number;
}

export interface Changes {
  sequence: number;
  marks: Mark[];
  n_new: number;
}

export interface SavedView {
  number: number;
  name: string;
  is_site: boolean;
  search: Record<string, unknown>;
}

const ROOT = "/api/work-list";
const JSON_BODY = { "Content-Type": "application/json", Accept: "application/json" };
/** Marks what a page asks by itself: it does not keep anybody signed in. */
const BACKGROUND = { "X-Isocenter-Background": "1" };

/** Return a page; `upTo` is undefined for the first one of a search. */
export async function findPage(
  request: Request,
  limit: number,
  offset: number,
  upTo: number | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const body = JSON.stringify({ ...request, limit, offset, up_to: upTo ?? null });
  const answer = await send(ROOT, { method: "POST", headers: JSON_BODY, body, signal });
  return (await answer.json()) as Page;
}

export async function changesAfter(sequence: number, upTo: number): Promise<Changes> {
  const answer = await send(`${ROOT}/changes?after=${sequence}&up_to=${upTo}`, { headers: BACKGROUND });
  return (await answer.json()) as Changes;
}

export function studyRow(studyUid: string): Promise<Row> {
  return getJson<Row>(`${ROOT}/studies/${encodeURIComponent(studyUid)}`);
}

export async function priorsOf(studyUid: string): Promise<Row[]> {
  return (await getJson<{ rows: Row[] }>(`${ROOT}/studies/${encodeURIComponent(studyUid)}/priors`)).rows;
}

export async function mark(studyUid: string, state: ReadingState): Promise<Mark> {
  const path = `${ROOT}/studies/${encodeURIComponent(studyUid)}/state`;
  const answer = await send(path, { method: "PUT", headers: JSON_BODY, body: JSON.stringify({ state }) });
  return (await answer.json()) as Mark;
}

export function savedViews(): Promise<SavedView[]> {
  return getJson<SavedView[]>(`${ROOT}/views`);
}

export function saveView(name: string, isSite: boolean, search: object): Promise<SavedView> {
  return postJson<SavedView>(`${ROOT}/views`, { name, is_site: isSite, search });
}

export async function deleteView(number: number): Promise<void> {
  await send(`${ROOT}/views/${number}`, { method: "DELETE" });
}
