/**
 * What all objects that the viewer writes into a study share: patient, study, series, equipment, references.
 *
 * Source: DICOM PS3.3 sec. C.7.1.1, C.7.2.1, C.7.5.2 (Enhanced General Equipment), C.12.1, table 10-3.
 */
import { ATTRIBUTES, type Attribute, datasetOf, inTagOrder } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";
import { dateOf, offsetOf, timeOf } from "../dicomweb/moments";

export const MANUFACTURER = "Isocenter";
export const MODEL = "isocenter viewer";

/** Attributes of the patient and the study that must agree in all objects of a study; these may be empty. */
const FROM_IMAGE: readonly Attribute[] = [
  "StudyDate",
  "StudyTime",
  "AccessionNumber",
  "ReferringPhysicianName",
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "PatientSex",
  "StudyInstanceUID",
  "StudyID",
];
/** The same, written only where the image has them. */
const FROM_IMAGE_IF_STATED: readonly Attribute[] = ["IssuerOfPatientID", "PatientBirthTime", "StudyDescription"];

export interface SeriesPlace {
  modality: string;
  seriesUid: string;
  seriesNumber: number;
  seriesDescription: string;
  instanceNumber: number;
}

/** Return the data set that an object of this class begins with, in the study of `image`. */
export function newObject(
  sopClassUid: string,
  sopInstanceUid: string,
  image: Dataset,
  series: SeriesPlace,
  moment: Date,
): Dataset {
  const taken: Dataset = {};
  for (const attribute of FROM_IMAGE) {
    const [tag, vr] = ATTRIBUTES[attribute];
    taken[tag] = image[tag] ?? { vr };
  }
  for (const attribute of FROM_IMAGE_IF_STATED) {
    const [tag] = ATTRIBUTES[attribute];
    if (image[tag]?.Value) taken[tag] = image[tag];
  }
  const [date, time] = [dateOf(moment), timeOf(moment)];
  return inTagOrder({
    ...taken,
    ...datasetOf({
      SpecificCharacterSet: "ISO_IR 192",
      InstanceCreationDate: date,
      InstanceCreationTime: time,
      TimezoneOffsetFromUTC: offsetOf(moment),
      SOPClassUID: sopClassUid,
      SOPInstanceUID: sopInstanceUid,
      Modality: series.modality,
      SeriesInstanceUID: series.seriesUid,
      SeriesNumber: series.seriesNumber,
      SeriesDescription: series.seriesDescription,
      InstanceNumber: series.instanceNumber,
      Manufacturer: MANUFACTURER,
      ManufacturerModelName: MODEL,
      DeviceSerialNumber: "1",
      SoftwareVersions: "isocenter 0.1",
    }),
  });
}

/** Return when the content of a document was made. */
export function contentMoment(moment: Date): Partial<Record<"ContentDate" | "ContentTime", string>> {
  return { ContentDate: dateOf(moment), ContentTime: timeOf(moment) };
}

/** An instance that a document refers to. */
export interface Reference {
  seriesUid: string;
  sopClassUid: string;
  sopInstanceUid: string;
}

/** Return the study level item of a hierarchical reference, each instance once. Source: PS3.3 table 10-4 (SR). */
export function evidence(studyUid: string, references: readonly Reference[]): Dataset {
  const bySeries = new Map<string, Map<string, Reference>>();
  for (const reference of references) {
    const instances = bySeries.get(reference.seriesUid) ?? new Map<string, Reference>();
    instances.set(reference.sopInstanceUid, reference);
    bySeries.set(reference.seriesUid, instances);
  }
  return datasetOf({
    ReferencedSeriesSequence: [...bySeries].map(([seriesUid, instances]) =>
      datasetOf({ ReferencedSOPSequence: [...instances.values()].map(sopItem), SeriesInstanceUID: seriesUid }),
    ),
    StudyInstanceUID: studyUid,
  });
}

export function sopItem({ sopClassUid, sopInstanceUid }: Omit<Reference, "seriesUid">): Dataset {
  return datasetOf({ ReferencedSOPClassUID: sopClassUid, ReferencedSOPInstanceUID: sopInstanceUid });
}
