import { expect, test } from "vitest";
import { rangeOf, windowOf } from "../../src/tools/window";
import { storedWindows, usualWindows, windowPresets } from "../../src/tools/window-presets";

const CT = { "00080060": { Value: ["CT"] } };

// DICOM PS3.3 sec. C.11.2.1.2.1, notes: c=2048, w=4096 maps 0 to black and 4095 to white; c=2048, w=1 has one step.
test("the range is the one of the standard's note", () => {
  expect(rangeOf({ center: 2048, width: 4096 })).toEqual({ lower: 0, upper: 4095 });
  expect(rangeOf({ center: 2048, width: 1 })).toEqual({ lower: 2047.5, upper: 2047.5 });
  expect(rangeOf({ center: 0, width: 100 })).toEqual({ lower: -50, upper: 49 });
});

test("a window comes back from its range", () => {
  expect(windowOf(rangeOf({ center: 40, width: 400 }))).toEqual({ center: 40, width: 400 });
});

test("values that are no whole numbers have no half steps at the ends", () => {
  expect(rangeOf({ center: 2.5, width: 5 }, true)).toEqual({ lower: 0, upper: 5 });
  expect(windowOf({ lower: 0, upper: 5 }, true)).toEqual({ center: 2.5, width: 5 });
});

test("windows of the object keep their names and come first", () => {
  const dataset = {
    "00281050": { vr: "DS", Value: [40, -600] },
    "00281051": { vr: "DS", Value: [400, 1500] },
    "00281055": { vr: "LO", Value: ["SOFT", "LUNG"] },
  };
  const presets = windowPresets(storedWindows(dataset), usualWindows(CT, false));
  expect(presets.slice(0, 2)).toEqual([
    { name: "stored", detail: "SOFT", window: { center: 40, width: 400 } },
    { name: "stored", detail: "LUNG", window: { center: -600, width: 1500 } },
  ]);
  expect(presets.find(({ name }) => name === "Brain")?.window).toEqual({ center: 40, width: 80 });
  expect(presets.at(-1)?.window).toBeUndefined();
});

test("the windows of the body part come first, and none comes twice", () => {
  const names = usualWindows({ ...CT, "00180015": { Value: ["CHEST"] } }, false).map(({ name }) => name);
  expect(names.slice(0, 2)).toEqual(["Lung", "Mediastinum"]);
  expect(new Set(names).size).toBe(names.length);
});

test("a window without width is not offered", () => {
  expect(storedWindows({ "00281050": { Value: [40] }, "00281051": { Value: [0] } })).toEqual([]);
  expect(storedWindows({ "00281050": { Value: [40] } })).toEqual([]);
});

test("windows in HU are offered for CT alone, and those in uptake only where uptake is known", () => {
  const usual = (modality: string, isSuv: boolean) => usualWindows({ "00080060": { Value: [modality] } }, isSuv);
  expect(usual("MR", false).map(({ name }) => name)).toEqual(["auto", "auto-narrow"]);
  expect(usual("PT", false)).toEqual([]);
  expect(usual("PT", true)[0]?.window).toEqual({ center: 2.5, width: 5 });
});
