import { expect, test } from "vitest";
import { itemsOf } from "../../src/dicomweb/attributes";
import type { Dataset } from "../../src/dicomweb/json-model";
import { partsOf } from "../../src/dicomweb/multipart";
import { eachSetBit, packedLength, packInto } from "../../src/segmentation/bits";
import { cielabOf, rgbOf } from "../../src/segmentation/cielab";
import { placesOf } from "../../src/segmentation/frame-places";
import { loadFrames } from "../../src/segmentation/load-frames";
import { LABEL_MAP_SEGMENTATION, readSegmentation } from "../../src/segmentation/read-segmentation";
import { Segmentation } from "../../src/segmentation/Segmentation";
import { extentsOf } from "../../src/segmentation/segment-extents";
import { depths_mm } from "../../src/segmentation/voxel-size";
import { type Form, segmentationObject, type WrittenSegmentation } from "../../src/segmentation/write-segmentation";
import { images, RASTER, twoSegments } from "./examples";

const N_PIXELS = RASTER.columns * RASTER.rows;

function marked(): Segmentation {
  const made = new Segmentation("1", images(4), RASTER, "Marks", twoSegments());
  made.labels[1]?.set([1, 1, 0, 2], 3);
  made.labels[2]?.set([2, 2, 2], 30);
  made.commit([1, 2]);
  return made;
}

function written(of: Segmentation, form: Form = "BINARY"): WrittenSegmentation {
  const { images: on, labels, labelsOn } = of;
  return segmentationObject(
    of.segments,
    { images: on, labels, labelsOn, ...RASTER },
    {
      form,
      sopInstanceUid: "1.9.1",
      seriesUid: "1.9",
      instanceNumber: 3,
      name: of.name,
      creator: "Doe",
      predecessors: [{ seriesUid: "1.9", sopClassUid: "1.2", sopInstanceUid: "1.9.0" }],
      thickness_mm: 2.5,
      studyUid: "1.2.3",
      dimensionUid: "1.8",
      moment: new Date(2026, 0, 2),
    },
  );
}

/** As the archive gives frames of one bit: the bytes their bits lie in; of a label map a byte for each pixel. */
function frameOf({ pixels, dataset }: WrittenSegmentation, number: number): Uint8Array {
  if (dataset["00280100"]?.Value?.[0] === 8) return pixels.slice((number - 1) * N_PIXELS, number * N_PIXELS);
  const first = (number - 1) * N_PIXELS;
  return pixels.slice(first >> 3, Math.ceil((first + N_PIXELS) / 8));
}

async function read(from: WrittenSegmentation, on = images(4)): Promise<Segmentation> {
  const stored = readSegmentation(JSON.parse(JSON.stringify(from.dataset)) as Dataset);
  const made = new Segmentation("2", on, RASTER, stored.name, stored.segments);
  await loadFrames(
    stored,
    made,
    async (numbers) => numbers.map((number) => frameOf(from, number)),
    () => 2,
  );
  return made;
}

test.each(["BINARY", "LABELMAP"] as const)("what is written as %s is read again, to the pixel", async (form) => {
  const before = marked();
  const object = written(before, form);
  expect(object.pixels.length % 2).toBe(0);
  expect(readSegmentation(object.dataset).type).toBe(form);
  const after = await read(object);
  expect(after.labels).toEqual(before.labels);
  expect(after.segments).toEqual(before.segments);
  expect(after.name).toBe("Marks");
});

test("frames without a place in the patient are found by the images they name", async () => {
  const bare = { "00200052": undefined, "00200032": undefined } as Dataset;
  const unplaced = images(4, bare);
  const before = new Segmentation("1", unplaced, RASTER, "Marks", twoSegments());
  before.labels[3]?.set([2, 1], 8);
  before.commit([3]);
  const object = written(before);
  expect(object.dataset["00200052"]).toBeUndefined();
  expect((await read(object, unplaced)).labels).toEqual(before.labels);
});

test("steps are undone and done again, in labels and in segments", () => {
  const made = marked();
  const once = made.labels.map((labels) => labels.slice());
  made.labels[2]?.fill(1);
  made.commit([0, 1, 2, 3]);
  made.undo();
  expect(made.labels).toEqual(once);
  made.undo();
  expect(made.labels.every((labels) => labels.every((label) => label === 0))).toBe(true);
  made.redo();
  expect(made.labels).toEqual(once);
  expect(made.commit([0, 1, 2, 3])).toBe(false);
});

test("a segment's volume is that of its pixels, at the distance of the images", () => {
  const made = marked();
  expect(depths_mm(made.images)?.map((depth) => Number(depth.toFixed(9)))).toEqual([2.5, 2.5, 2.5, 2.5]);
  expect(extentsOf(made).get(2)?.volume_mL).toBeCloseTo((4 * 0.7 * 1.3 * 2.5) / 1000, 12);
  expect(extentsOf(made).get(2)?.largestImage).toBe(2);
});

test("segments that overlap are all there, each in a layer of its own", async () => {
  const on = images(1);
  const base = written(
    (() => {
      const made = new Segmentation("1", on, RASTER, "", twoSegments());
      made.labels[0]?.set([1, 2]);
      made.commit([0]);
      return made;
    })(),
  );
  const stored = readSegmentation({ ...base.dataset, "00620013": { vr: "CS", Value: ["YES"] } });
  const made = new Segmentation("2", on, RASTER, "", stored.segments, true);
  // Both segments mark all pixels.
  const all = new Uint8Array(Math.ceil(N_PIXELS / 8) + 1).fill(255);
  await loadFrames(
    stored,
    made,
    async (numbers) => numbers.map(() => all),
    () => 0,
  );
  expect(made.layers.length).toBe(2);
  expect([...extentsOf(made)].map(([label, { nPixels }]) => [label, nPixels])).toEqual([
    [1, N_PIXELS],
    [2, N_PIXELS],
  ]);
});

test("label maps are read by their values, also of sixteen bits and beyond 255", async () => {
  const { dataset } = written(marked());
  const items = itemsOf(dataset, "SegmentSequence");
  const numbered = items.map((item, index) => ({ ...item, "00620004": { vr: "US", Value: [index === 0 ? 7 : 900] } }));
  const groups = itemsOf(dataset, "PerFrameFunctionalGroupsSequence").slice(0, 1);
  const stored = readSegmentation({
    ...dataset,
    "00080016": { vr: "UI", Value: [LABEL_MAP_SEGMENTATION] },
    "00280008": { vr: "IS", Value: [1] },
    "00280100": { vr: "US", Value: [16] },
    "00620002": { vr: "SQ", Value: numbered },
    "52009230": { vr: "SQ", Value: groups.map((group) => ({ ...group, "0062000A": undefined })) },
  });
  const made = new Segmentation("2", images(4), RASTER, "", stored.segments, true);
  const values = new Uint16Array(N_PIXELS);
  values.set([7, 900, 0, 900]);
  await loadFrames(
    stored,
    made,
    async () => [new Uint8Array(values.buffer)],
    () => 0,
  );
  expect([...(made.labels[1] ?? [])].slice(0, 5)).toEqual([1, 2, 0, 2, 0]);
});

test("a segmentation on a finer grid falls on the pixels and images nearest to it", () => {
  const on = images(3);
  const plane = (height_mm: number) => ({
    position_mm: [0.48, -0.64, 0.6].map((axis) => -100 + axis * height_mm) as unknown as readonly [
      number,
      number,
      number,
    ],
    alongRow: [0.8, 0.6, 0] as const,
    alongColumn: [-0.36, 0.48, 0.8] as const,
    columnSpacing_mm: 0.35,
    rowSpacing_mm: 1.3,
  });
  const frames = [0, 1.25, 2.5, 3.75, 5].map((height_mm, index) => ({
    number: index + 1,
    label: 1,
    sources: [],
    plane: plane(height_mm),
  }));
  const found = placesOf({ frames, rows: 5, columns: 14, frameOfReferenceUid: "1.2.3.9" }, on, RASTER);
  expect(found.map((places) => places.map(({ image }) => on[image]?.instanceNumber))).toEqual([[1], [], [2], [], [3]]);
  expect(found[0]?.[0]?.map?.map((value) => Math.round(value * 1e6) / 1e6 + 0)).toEqual([2, 0, 0, 0, 1, 0]);
});

test("bits are found where they were put, from any bit on", () => {
  const labels = Uint8Array.from({ length: 100 }, (_, at) => (at * 7) % 5);
  const packed = new Uint8Array(packedLength(113));
  packInto(packed, 13, labels, 3);
  const found: number[] = [];
  eachSetBit(packed, 13, 100, (pixel) => found.push(pixel));
  expect(found).toEqual([...labels.keys()].filter((at) => labels[at] === 3));
});

test("colours come back from CIELab, and white, black and red have the values of the standard's formula", () => {
  expect(cielabOf([255, 255, 255])).toEqual([65535, 32896, 32896]);
  expect(cielabOf([0, 0, 0])).toEqual([0, 32896, 32896]);
  for (const rgb of [
    [224, 96, 76],
    [68, 172, 100],
    [12, 200, 250],
    [255, 0, 0],
  ] as const) {
    expect(rgbOf(cielabOf(rgb))).toEqual(rgb);
  }
});

test("parts of an answer are found by their lengths and by their boundary", () => {
  const text = (value: string) => [...new TextEncoder().encode(value)];
  const body = Uint8Array.from([
    ...text("--b\r\nContent-Type: a\r\nContent-Length: 4\r\n\r\n"),
    ...[45, 45, 98, 0],
    ...text("\r\n--b\r\nContent-Type: a\r\n\r\n"),
    ...[1, 2, 13, 10],
    ...text("\r\n--b--\r\n"),
  ]);
  expect(partsOf(body, 'multipart/related; boundary="b"').map((part) => [...part])).toEqual([
    [45, 45, 98, 0],
    [1, 2, 13, 10],
  ]);
  expect(() => partsOf(body.subarray(0, 40), "multipart/related; boundary=b")).toThrow();
});
