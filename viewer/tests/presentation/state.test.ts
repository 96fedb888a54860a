import { expect, test } from "vitest";
import type { Measurement } from "../../src/measurements/measurement";
import { withLutData } from "../../src/presentation/lut-data";
import { type OverlayPlane, overlayPath, overlayPlanes } from "../../src/presentation/overlay-planes";
import { concerns, holdingFor, type PresentationState } from "../../src/presentation/presentation-state";
import { readState } from "../../src/presentation/read-state";
import { shutterOf } from "../../src/presentation/shutter-of-region";
import { srgbProfile } from "../../src/presentation/srgb-profile";
import { stateDataset } from "../../src/presentation/write-state";
import { IMAGE, imageDataset } from "../measurements/examples";

/** Return a plane of 3 x 7 pixels, whose rows do not fill bytes. */
function plane(group: number): OverlayPlane {
  const pixels = Uint8Array.from({ length: 21 }, (_, at) => (at % 5 === 0 || at % 7 > 4 ? 1 : 0));
  return { group, rows: 3, columns: 7, origin: [2, -1], pixels };
}

const CT = "1.2.840.10008.5.1.4.1.1.2";
const TABLE = { firstInput: -50, nBits: 12, entries: [0, 4095, 17, 300] };
const STATE: PresentationState = {
  overlays: [
    { group: 0x6000, layer: "", plane: plane(0x6000) },
    { group: 0x6002, layer: "MARKS", plane: plane(0x6002) },
    { group: 0x6004, layer: "MARKS", plane: undefined },
  ],
  sopInstanceUid: "2.25.1",
  kind: "grayscale",
  label: "LIVER",
  description: "Leber, gedreht",
  creator: "Reader^Anna",
  createdAt: "20260102101112.345",
  images: [
    { seriesUid: "1.2.3.1", sopClassUid: CT, sopInstanceUid: "1.2.3.4", frames: [] },
    { seriesUid: "1.2.3.2", sopClassUid: CT, sopInstanceUid: "1.2.3.5", frames: [2, 3] },
  ],
  modality: { kind: "rescale", slope: 1, intercept: -1024 },
  voi: [
    {
      images: [{ sopClassUid: CT, sopInstanceUid: "1.2.3.4", frames: [] }],
      content: { kind: "window", center: 60.5, width: 400, function: "SIGMOID" },
    },
    { images: [{ sopClassUid: CT, sopInstanceUid: "1.2.3.5", frames: [] }], content: { kind: "table", table: TABLE } },
  ],
  isInverted: true,
  rotation_deg: 90,
  isFlipped: true,
  areas: [
    {
      images: [],
      content: { topLeft: [-9, 11], bottomRight: [200, 190], sizeMode: "MAGNIFY", magnification: 2.5 },
    },
  ],
  shutters: [
    { kind: "rectangle", left: 10, right: 200, upper: 20, lower: 180 },
    { kind: "circle", row: 100, column: 90, radius: 60 },
    {
      kind: "polygon",
      vertices: [
        [10, 20],
        [30, 200],
        [150, 90],
      ],
    },
    { kind: "bitmap", group: 0x6000 },
  ],
  shutterGray: 1000,
  layers: [{ name: "A", order: 1, gray: 65535 }],
  annotations: [
    {
      images: [],
      content: {
        kind: "graphic",
        layer: "A",
        type: "CIRCLE",
        units: "PIXEL",
        points: [
          [10.5, 20.5],
          [15.5, 20.5],
        ],
        isFilled: false,
      },
    },
    {
      images: [],
      content: {
        kind: "text",
        layer: "A",
        text: "Here",
        box: { topLeft: [0.25, 0.5], bottomRight: [0.5, 0.75], units: "DISPLAY" },
        anchor: { point: [10.5, 20.5], units: "PIXEL", isVisible: true },
      },
    },
  ],
};
const CONTEXT = {
  seriesUid: "2.25.2",
  instanceNumber: 1,
  image: imageDataset(),
  moment: new Date(2026, 0, 2, 10, 11, 12, 345),
};

async function writtenAndRead(state: PresentationState) {
  const dataset = await withLutData(JSON.parse(JSON.stringify(stateDataset(state, CONTEXT))));
  return readState(dataset, await overlayPlanes(dataset));
}

test("a grayscale state comes back as it was written", async () => {
  expect(await writtenAndRead(STATE)).toEqual(STATE);
});

test("a modality table comes back, too", async () => {
  const state: PresentationState = { ...STATE, modality: { kind: "table", table: TABLE } };
  expect((await writtenAndRead(state))?.modality).toEqual(state.modality);
});

test("a colour state has a profile and no windows", async () => {
  const colour: PresentationState = { ...STATE, kind: "colour", modality: undefined, voi: [], isInverted: false };
  expect(await writtenAndRead({ ...colour, layers: [{ name: "A", order: 1, gray: undefined }] })).toEqual({
    ...colour,
    layers: [{ name: "A", order: 1, gray: undefined }],
  });
});

test("the profile says how long it is, and that it is one", () => {
  const bytes = atob(srgbProfile());
  const size = [...bytes.slice(0, 4)].reduce((sum, letter) => sum * 256 + letter.charCodeAt(0), 0);
  expect(size).toBe(bytes.length);
  expect(bytes.slice(36, 40)).toBe("acsp");
});

test("a state concerns the frames that it names", () => {
  expect(concerns(STATE, "1.2.3.4", 1)).toBe(true);
  expect(concerns(STATE, "1.2.3.5", 2)).toBe(true);
  expect(concerns(STATE, "1.2.3.5", 1)).toBe(false);
  expect(holdingFor(STATE.voi, "1.2.3.4", 1)).toEqual([STATE.voi[0]?.content]);
});

test("another object is no state", () => {
  expect(readState(imageDataset())).toBeUndefined();
});

test("an overlay is drawn as boxes of whole pixels, from the place of its first pixel", () => {
  const pixels = Uint8Array.from([0, 1, 1, 1, 0, 0]);
  expect(overlayPath({ group: 0x6000, rows: 2, columns: 3, origin: [5, 10], pixels })).toBe(
    "M10 4h2v1h-2zM9 5h1v1h-1z",
  );
});

test("a region becomes a shutter whose edges are the outermost pixels inside it", () => {
  const region = (kind: Measurement["kind"], points_px: [number, number][]): Measurement => ({
    kind,
    isClosed: true,
    place: { on: "image", image: IMAGE.reference, points_px, points_mm: undefined, frameOfReferenceUid: undefined },
    label: "",
    finding: undefined,
    site: undefined,
    quantities: [],
    trackingId: "",
    trackingUid: "",
    observer: "",
    observedAt: "",
    isForeign: false,
  });
  const corners: [number, number][] = [
    [10, 20],
    [30, 20],
    [10, 50],
    [30, 50],
  ];
  expect(shutterOf(region("RectangleROI", corners))).toEqual({
    kind: "rectangle",
    left: 11,
    right: 30,
    upper: 21,
    lower: 50,
  });
  const round: [number, number][] = [
    [20.5, 40.5],
    [20.5, 20.5],
    [10.5, 30.5],
    [30.5, 30.5],
  ];
  expect(shutterOf(region("EllipticalROI", round))).toEqual({ kind: "circle", row: 31, column: 21, radius: 10 });
});
