import { expect, test } from "vitest";
import { type KeyImage, noteDataset, readNote, TITLES, toggled } from "../../src/key-images/key-images";
import { imageDataset } from "../measurements/examples";

const IMAGE: KeyImage = {
  seriesUid: "1.2.3.1",
  sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  sopInstanceUid: "1.2.3.4",
  frames: [],
};
const FRAME: KeyImage = { ...IMAGE, seriesUid: "1.2.3.2", sopInstanceUid: "1.2.3.5", frames: [7] };
const CONTEXT = {
  sopInstanceUid: "2.25.1",
  seriesUid: "2.25.2",
  image: imageDataset(),
  studyUid: "1.2.3",
  observer: "Reader^Anna",
  moment: new Date(2026, 0, 2, 10, 11, 12, 345),
};

test("a selection comes back from its document, with title, words and frames", () => {
  const title = TITLES[3];
  if (!title) throw new Error("There is no such title.");
  const note = { title, description: "Übersicht", images: [IMAGE, FRAME] };
  const back = readNote(JSON.parse(JSON.stringify(noteDataset(note, CONTEXT))));
  expect(back).toEqual({
    ...note,
    sopInstanceUid: "2.25.1",
    observer: "Reader^Anna",
    contentMoment: "20260102101112.345",
  });
});

test("a mark is put on and taken off, frame by frame", () => {
  expect(toggled([IMAGE], FRAME)).toEqual([IMAGE, FRAME]);
  expect(toggled([IMAGE, FRAME], { ...FRAME, frames: [8] })).toHaveLength(3);
  expect(toggled([IMAGE, FRAME], IMAGE)).toEqual([FRAME]);
});

test("another object is no selection", () => {
  expect(readNote(imageDataset())).toBeUndefined();
});
