/** Requests of the reconstruct page: raw files, jobs, pictures, storing. */
import type { Problem } from "../http/problem";
import { getJson, postJson, send } from "../http/request";
import { upload } from "../http/upload";

export interface Parameter {
  name: string;
  default: number | string | boolean;
  help: string;
  unit: string;
  minimum: number | null;
  maximum: number | null;
  choices: string[];
  /** Parameters of one group are shown together; "" stands in front. */
  group: string;
}

/** What a raw file does not say and its reader takes; a default of null is found by the reader itself. */
export interface ReaderOption {
  name: string;
  kind: "number" | "whole number" | "yes or no" | "text";
  default: number | string | boolean | null;
  help: string;
}

export interface Method {
  name: string;
  summary: string;
  source: string;
  parameters: Parameter[];
}

export interface RawFile {
  raw_id: string;
  filename: string;
  size_bytes: number;
  sha256: string;
  modality: string;
  modality_title: string;
  format_title: string;
  facts: { label: string; value: string; unit: string }[];
  options: ReaderOption[];
  default_method: string;
  methods: Method[];
}

export interface Provenance {
  method: string;
  parameters: Record<string, number | string | boolean>;
  sources: { name: string; sha256: string; role: string }[];
  software: string;
  version: string;
}

export interface Result {
  quantity: string;
  unit: string;
  shape: number[];
  minimum: number;
  maximum: number;
  window?: number[];
  spacing_mm: number[];
  /** From (column, row, slice) to the patient (LPS), four rows. */
  affine_mm: number[][];
  provenance: Provenance | null;
}

export interface JobReport {
  job_id: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  done: number;
  total: number | null;
  message: string;
  elapsed_s: number;
  error: Problem | null;
  result: Result | null;
}

export interface StoreRequest {
  patient_id: string;
  patient_name: string;
  study_description: string;
  series_description: string;
}

export interface StoredSeries {
  study_uid: string;
  series_uid: string;
  instances: number;
}

export type ParameterValues = Record<string, number | string | boolean>;

export async function sendRawFile(
  file: File,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<RawFile> {
  const answer = await upload(`/api/raw?filename=${encodeURIComponent(file.name)}`, file, {
    contentType: "application/octet-stream",
    accept: "application/json",
    onProgress,
    signal,
  });
  return answer as RawFile;
}

export async function startJob(
  rawId: string,
  method: string,
  parameters: ParameterValues,
  options: Record<string, string>,
): Promise<string> {
  const request = { raw_id: rawId, method, parameters, options };
  return (await postJson<{ job_id: string }>("/api/jobs", request)).job_id;
}

export function jobReport(jobId: string): Promise<JobReport> {
  return getJson<JobReport>(`/api/jobs/${jobId}`);
}

export async function cancelJob(jobId: string): Promise<void> {
  await send(`/api/jobs/${jobId}`, { method: "DELETE" });
}

/** Return where a slice's picture is; of its difference from another result if `minus` names one. */
export function previewAddress(jobId: string, slice: number, low: number, high: number, minus?: string): string {
  const query = new URLSearchParams({ slice: `${slice}`, low: `${low}`, high: `${high}` });
  if (minus !== undefined) query.set("minus", minus);
  return `/api/jobs/${jobId}/preview.png?${query}`;
}

export interface CircleValues {
  n: number;
  mean: number;
  deviation: number;
  minimum: number;
  maximum: number;
}

/** Return what a circle around a point of the patient holds in one slice; null where no pixel lies in it. */
export async function circleValues(
  jobId: string,
  slice: number,
  [x_mm, y_mm, z_mm]: readonly [number, number, number],
  radiusMm: number,
  signal: AbortSignal,
): Promise<CircleValues | null> {
  const query = new URLSearchParams(
    Object.entries({ slice, x_mm, y_mm, z_mm, radius_mm: radiusMm }).map(([name, value]) => [name, String(value)]),
  );
  const path = `/api/jobs/${jobId}/circle?${query}`;
  return (await getJson<{ values: CircleValues | null }>(path, "application/json", signal)).values;
}

export function storeResult(jobId: string, request: StoreRequest): Promise<StoredSeries> {
  return postJson<StoredSeries>(`/api/jobs/${jobId}/store`, request);
}
