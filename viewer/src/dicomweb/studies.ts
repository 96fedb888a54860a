/** Query studies, series and instances. Source: DICOM PS3.18 sec. 10.6 (Search). */
import { getJson } from "../http/request";
import { allText, type Dataset, number, text, values } from "./json-model";

export const ROOT = "/dicom-web";
const DICOM_JSON = "application/dicom+json";

export interface Study {
  uid: string;
  patientName: string;
  patientId: string;
  birthDate: string;
  sex: string;
  date: string;
  time: string;
  description: string;
  modalities: string;
  accessionNumber: string;
  nSeries: number | undefined;
  nInstances: number | undefined;
}

export interface Series {
  studyUid: string;
  uid: string;
  number: number | undefined;
  modality: string;
  description: string;
  nInstances: number | undefined;
}

export async function findStudy(studyUid: string): Promise<Study | undefined> {
  const page = await getJson<Dataset[]>(`${ROOT}/studies?StudyInstanceUID=${encodeURIComponent(studyUid)}`, DICOM_JSON);
  return page.map(studyOf)[0];
}

/** Return the series of a study in the order of their numbers. */
export async function findSeries(studyUid: string): Promise<Series[]> {
  const query = "includefield=SeriesDescription&includefield=NumberOfSeriesRelatedInstances";
  const path = `${ROOT}/studies/${encodeURIComponent(studyUid)}/series?${query}`;
  const found = await getJson<Dataset[]>(path, DICOM_JSON);
  return found
    .map((dataset) => seriesOf(dataset, studyUid))
    .sort((a, b) => (a.number ?? 0) - (b.number ?? 0) || a.uid.localeCompare(b.uid));
}

/** Return the address of a small picture of the series' middle instance, or undefined when it has none. */
export async function thumbnailAddress(series: Series, size_px = 160): Promise<string | undefined> {
  const base = `${ROOT}/studies/${encodeURIComponent(series.studyUid)}/series/${encodeURIComponent(series.uid)}/instances`;
  const middle = Math.floor(((series.nInstances ?? 1) - 1) / 2);
  const found = await getJson<Dataset[]>(`${base}?limit=1&offset=${Math.max(0, middle)}`, DICOM_JSON);
  const uid = text(found[0], "SOPInstanceUID");
  return uid ? `${base}/${encodeURIComponent(uid)}/rendered?viewport=${size_px},${size_px}` : undefined;
}

function studyOf(dataset: Dataset): Study {
  return {
    uid: text(dataset, "StudyInstanceUID"),
    patientName: text(dataset, "PatientName"),
    patientId: text(dataset, "PatientID"),
    birthDate: text(dataset, "PatientBirthDate"),
    sex: text(dataset, "PatientSex"),
    date: text(dataset, "StudyDate"),
    time: text(dataset, "StudyTime"),
    description: text(dataset, "StudyDescription"),
    modalities: values(dataset, "ModalitiesInStudy").length ? allText(dataset, "ModalitiesInStudy", " ") : "",
    accessionNumber: text(dataset, "AccessionNumber"),
    nSeries: number(dataset, "NumberOfStudyRelatedSeries"),
    nInstances: number(dataset, "NumberOfStudyRelatedInstances"),
  };
}

function seriesOf(dataset: Dataset, studyUid: string): Series {
  return {
    studyUid,
    uid: text(dataset, "SeriesInstanceUID"),
    number: number(dataset, "SeriesNumber"),
    modality: text(dataset, "Modality"),
    description: text(dataset, "SeriesDescription"),
    nInstances: number(dataset, "NumberOfSeriesRelatedInstances"),
  };
}

/** Return the instances of a series as the search tells of them, with one more attribute. */
export async function findInstances(studyUid: string, seriesUid: string, attribute: string): Promise<Dataset[]> {
  const [study, series] = [studyUid, seriesUid].map(encodeURIComponent);
  const path = `${ROOT}/studies/${study}/series/${series}/instances?includefield=${attribute}`;
  return getJson<Dataset[]>(path, DICOM_JSON);
}
