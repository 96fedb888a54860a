/**
 * Key images: a selection of images with a title and words about it, as a key object selection document.
 *
 * Source: DICOM PS3.3 sec. A.35.4 (Key Object Selection Document), PS3.16 TID 2010, CID 7010 (titles).
 */
import { datasetOf } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";
import * as codes from "../structured-report/codes";
import { type Code, codeItem } from "../structured-report/codes";
import {
  childText,
  codeContent,
  contentItem,
  contentOf,
  itemsOf,
  numbersOf,
  template,
  textContent,
  textOf,
} from "../structured-report/content-item";
import { contentMoment, evidence, newObject, type Reference } from "../structured-report/document";

export const KEY_OBJECT_SELECTION = "1.2.840.10008.5.1.4.1.1.88.59";
const KEY_OBJECT_DESCRIPTION = codes.code("113012", "DCM", "Key Object Description");

/** Titles to choose from, a part of CID 7010. */
export const TITLES: readonly Code[] = [
  codes.code("113000", "DCM", "Of Interest"),
  codes.code("113002", "DCM", "For Referring Provider"),
  codes.code("113003", "DCM", "For Surgery"),
  codes.code("113004", "DCM", "For Teaching"),
  codes.code("113005", "DCM", "For Conference"),
  codes.code("113009", "DCM", "For Research"),
  codes.code("113013", "DCM", "Best In Set"),
];

/** An instance, or some of its frames. */
export interface KeyImage extends Reference {
  /** From 1; empty for the whole instance. */
  frames: readonly number[];
}

export interface KeyImageNote {
  sopInstanceUid: string;
  title: Code;
  description: string;
  /** Person name as DICOM writes it. */
  observer: string;
  /** Content date and time. */
  contentMoment: string;
  images: readonly KeyImage[];
}

export interface NoteContext {
  sopInstanceUid: string;
  seriesUid: string;
  /** Any image of the study. */
  image: Dataset;
  studyUid: string;
  observer: string;
  moment: Date;
}

/** Return the document for a selection. */
export function noteDataset(
  { title, description, images }: Pick<KeyImageNote, "title" | "description" | "images">,
  context: NoteContext,
): Dataset {
  const { sopInstanceUid, seriesUid, image, studyUid, observer, moment } = context;
  const series = {
    modality: "KO",
    seriesUid,
    seriesNumber: 9901,
    seriesDescription: "Key images",
    instanceNumber: 1,
  };
  return {
    ...newObject(KEY_OBJECT_SELECTION, sopInstanceUid, image, series, moment),
    ...datasetOf({
      ...contentMoment(moment),
      ReferencedPerformedProcedureStepSequence: [],
      CurrentRequestedProcedureEvidenceSequence: evidence(studyUid, images),
      ValueType: "CONTAINER",
      ConceptNameCodeSequence: codeItem(title),
      ContinuityOfContent: "SEPARATE",
      ...template("2010"),
      ContentSequence: [
        ...(observer
          ? [
              codeContent("HAS OBS CONTEXT", codes.OBSERVER_TYPE, codes.PERSON),
              contentItem("HAS OBS CONTEXT", "PNAME", codes.PERSON_OBSERVER_NAME, { PersonName: observer }),
            ]
          : []),
        ...(description ? [textContent("CONTAINS", KEY_OBJECT_DESCRIPTION, description)] : []),
        ...images.map(imageContent),
      ],
    }),
  };
}

function imageContent({ sopClassUid, sopInstanceUid, frames }: KeyImage): Dataset {
  const reference = datasetOf({
    ReferencedSOPClassUID: sopClassUid,
    ReferencedSOPInstanceUID: sopInstanceUid,
    ReferencedFrameNumber: frames.length > 0 ? frames : undefined,
  });
  return contentItem("CONTAINS", "IMAGE", undefined, { ReferencedSOPSequence: reference });
}

/** Return the selection in a data set, or undefined for another kind of object. */
export function readNote(dataset: Dataset): KeyImageNote | undefined {
  if (textOf(dataset, "SOPClassUID") !== KEY_OBJECT_SELECTION) return undefined;
  const root = contentOf(dataset);
  const seriesOf = new Map<string, string>();
  for (const study of itemsOf(dataset, "CurrentRequestedProcedureEvidenceSequence")) {
    for (const series of itemsOf(study, "ReferencedSeriesSequence")) {
      for (const instance of itemsOf(series, "ReferencedSOPSequence")) {
        seriesOf.set(textOf(instance, "ReferencedSOPInstanceUID"), textOf(series, "SeriesInstanceUID"));
      }
    }
  }
  const images = root.children
    .filter(({ valueType }) => valueType === "IMAGE")
    .flatMap((item) => itemsOf(item.dataset, "ReferencedSOPSequence"))
    .map((reference) => {
      const sopInstanceUid = textOf(reference, "ReferencedSOPInstanceUID");
      return {
        seriesUid: seriesOf.get(sopInstanceUid) ?? "",
        sopClassUid: textOf(reference, "ReferencedSOPClassUID"),
        sopInstanceUid,
        frames: numbersOf(reference, "ReferencedFrameNumber"),
      };
    });
  return {
    sopInstanceUid: textOf(dataset, "SOPInstanceUID"),
    title: root.concept ?? codes.code("", "", ""),
    description: childText(root, KEY_OBJECT_DESCRIPTION),
    observer: childText(root, codes.PERSON_OBSERVER_NAME, "PersonName"),
    contentMoment: `${textOf(dataset, "ContentDate")}${textOf(dataset, "ContentTime")}`,
    images,
  };
}

/** Return the selection with the image put in, or taken out if it is there. */
export function toggled(images: readonly KeyImage[], image: KeyImage): KeyImage[] {
  const others = images.filter((one) => !isSameImage(one, image));
  return others.length < images.length ? others : [...images, image];
}

export function isSameImage(a: KeyImage, b: KeyImage): boolean {
  return a.sopInstanceUid === b.sopInstanceUid && String(a.frames) === String(b.frames);
}
