import { describe, expect, test } from "vitest";
import { BUILT_IN } from "../../src/hanging/built-in";
import { derivedProtocol } from "../../src/hanging/derive";
import { hungStage, judgeProtocols, type Studies } from "../../src/hanging/match";
import type { Protocol } from "../../src/hanging/protocol";
import { protocolFromJson, protocolToJson } from "../../src/hanging/protocol-json";
import { emptyLayout, type Layout, stackOf, withCell } from "../../src/layout/layout";
import { breast, series, study } from "./examples";

function first(protocol: Protocol) {
  const [stage] = protocol.stages;
  if (!stage) throw new Error("no stage");
  return stage;
}
const again = (layout: Layout, studies: Studies) =>
  hungStage(first(derivedProtocol("Mine", "One", layout, studies)), studies).layout;

const CHEST: Studies = {
  study: study(
    "1",
    [
      series("1.1", { imageType: ["ORIGINAL", "PRIMARY", "LOCALIZER"], bodyPart: "CHEST" }),
      series("1.2", { description: "Lung", kernel: "B70", bodyPart: "CHEST" }),
      series("1.3", { description: "Soft", kernel: "B30", bodyPart: "CHEST" }),
      series("1.4", { description: "Soft", kernel: "B30", bodyPart: "CHEST" }),
    ],
    { description: "CT thorax" },
  ),
  priors: [study("2", [series("2.1", { description: "Soft" }), series("2.2", { description: "Lung" })])],
};
const HUNG: Layout = {
  ...emptyLayout(2, 2),
  links: { scroll: true, window: false, zoom: false },
  cells: [
    { ...stackOf("1", "1.4"), settings: { window: { center: 49.5, width: 349 }, isInverted: false, rotation_deg: 0 } },
    {
      studyUid: "1",
      seriesUid: "1.2",
      kind: "plane",
      settings: { plane: "coronal", window: { center: -1.5, width: 6 } },
    },
    null,
    { ...stackOf("2", "2.2"), settings: { isInverted: true, rotation_deg: 90 } },
  ],
};

test("what is derived shows the same series in the same way again", () => {
  const { cells, links } = again(HUNG, CHEST);
  expect(links.scroll).toBe(true);
  expect(cells).toEqual([
    { ...HUNG.cells[0], settings: { window: { center: 49.5, width: 349 } } },
    HUNG.cells[1],
    null,
    HUNG.cells[3],
  ]);
});

test("windows that have a name are kept by it", () => {
  const [soft, lung] = first(derivedProtocol("Mine", "One", HUNG, CHEST)).cells;
  expect(soft?.settings.window).toEqual({ preset: "Mediastinum" });
  expect(lung?.settings.window).toEqual({ center: -1, width: 7 });
});

test("it is meant for the modality and the body part, and comes before the built-in ones", () => {
  const protocol = derivedProtocol("Mine", "One", HUNG, CHEST);
  const known = { id: "kept/1", origin: "own" as const, protocol };
  expect(judgeProtocols([...BUILT_IN, known], CHEST)[0]?.known.id).toBe("kept/1");
  const head = { study: study("3", [series("3.1", { bodyPart: "HEAD" })]), priors: [] };
  expect(judgeProtocols([...BUILT_IN, known], head)[0]?.known.id).toBe("built-in/ct-head");
});

test("finds its like in a study with other numbers and another order", () => {
  const other = study("4", [
    series("4.1", { description: "Soft", kernel: "B30", bodyPart: "CHEST" }),
    series("4.2", { description: "Lung", kernel: "B70", bodyPart: "CHEST" }),
  ]);
  const layout = withCell(emptyLayout(), 0, stackOf("1", "1.2"));
  const stage = first(derivedProtocol("Mine", "One", layout, CHEST));
  expect(hungStage(stage, { study: other, priors: [] }).layout.cells[0]?.seriesUid).toBe("4.2");
});

test("a study that is no prior of it leaves its cell empty", () => {
  expect(again(withCell(emptyLayout(), 0, stackOf("77", "77.1")), CHEST).cells).toEqual([null]);
});

describe("mammograms", () => {
  const studies: Studies = {
    study: study("1", [
      breast("1.1", "R", "CC", { instanceUids: ["1.1.1"] }),
      { ...breast("1.1", "L", "CC", { instanceUids: ["1.1.2"], orientation: ["P", "L"] }) },
      breast("1.3", "R", "CC", { nFrames: 30 }),
    ]),
    priors: [],
  };
  const [mammography] = BUILT_IN.filter(({ id }) => id === "built-in/mammography");
  if (!mammography) throw new Error("built-in/mammography is gone");
  test("are derived view by view and turned by what each picture says", () => {
    const shown = hungStage(first(mammography.protocol), studies).layout;
    expect(shown.cells.map((cell) => cell?.instanceUids)).toEqual([["1.1.1"], ["1.1.2"], undefined, undefined]);
    expect(again(shown, studies).cells).toEqual(shown.cells);
  });
});

test.each(BUILT_IN.map(({ id, protocol }) => [id, protocol] as const))(
  "%s comes back from JSON as it was",
  (_, protocol) => {
    expect(protocolFromJson(protocolToJson(protocol))).toEqual(protocol);
  },
);

test.each<[string, (given: never) => void]>([
  ["version", (given: { version: number }) => Object.assign(given, { version: 2 })],
  ["protocol.more", (given: object) => Object.assign(given, { more: 1 })],
  ["name", (given: object) => Object.assign(given, { name: " " })],
  ["stages", (given: object) => Object.assign(given, { stages: [] })],
  ["stages[0].cells", (given: { stages: { cells: unknown[] }[] }) => given.stages[0]?.cells.pop()],
  ["stages[0].rows", (given: { stages: object[] }) => Object.assign(given.stages[0] ?? {}, { rows: 9 })],
  ["when[0].of", (given: { when: object[] }) => Object.assign(given.when[0] ?? {}, { of: "weather" })],
  [
    "when[0].test",
    (given: { when: object[] }) => Object.assign(given.when[0] ?? {}, { test: { is: ["CT"], like: "x" } }),
  ],
  [
    "stages[0].cells[0].kind",
    (given: { stages: { cells: object[] }[] }) => Object.assign(given.stages[0]?.cells[0] ?? {}, { kind: "cube" }),
  ],
  [
    "stages[0].cells[0].like",
    (given: { stages: { cells: object[] }[] }) => Object.assign(given.stages[0]?.cells[0] ?? {}, { like: 0 }),
  ],
  [
    "stages[0].cells[0].settings.colour",
    (given: { stages: { cells: object[] }[] }) =>
      Object.assign(given.stages[0]?.cells[0] ?? {}, { settings: { colour: 1 } }),
  ],
  [
    "stages[0].cells[0].settings.window.preset",
    (given: { stages: { cells: object[] }[] }) =>
      Object.assign(given.stages[0]?.cells[0] ?? {}, { settings: { window: { preset: "Sky" } } }),
  ],
])("a protocol with a wrong %s is refused by name", (place, change) => {
  const given = JSON.parse(protocolToJson(derivedProtocol("Mine", "One", HUNG, CHEST)));
  change(given as never);
  expect(() => protocolFromJson(JSON.stringify(given))).toThrow(`In this hanging protocol ${place} is`);
});
