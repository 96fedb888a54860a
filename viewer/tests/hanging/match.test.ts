import { describe, expect, test } from "vitest";
import { BUILT_IN } from "../../src/hanging/built-in";
import { isLike } from "../../src/hanging/conditions";
import { hungStage, judgeProtocols, type Studies } from "../../src/hanging/match";
import type { KnownProtocol } from "../../src/hanging/protocol";
import { COLOUR_MAPS } from "../../src/volume/colour-maps";
import { breast, series, study } from "./examples";

function best(studies: Studies, protocols: readonly KnownProtocol[] = BUILT_IN) {
  const [verdict] = judgeProtocols(protocols, studies);
  if (!verdict?.fits) throw new Error("no protocol fits");
  const stage = (index = 0) => {
    const rule = verdict.known.protocol.stages[verdict.stages[index] ?? -1];
    if (!rule) throw new Error(`no stage ${index}`);
    return hungStage(rule, studies);
  };
  return {
    id: verdict.known.id,
    verdict,
    stage,
    shown: (index = 0) => stage(index).layout.cells.map((c) => c?.seriesUid),
  };
}

test.each([
  ["CT CHEST", "ct chest", true],
  ["Chest 1 mm", "ct*chest|chest", true],
  ["sT1", "t1", false],
  ["ax_t1_se", "t1", true],
  ["Schädel", "SCHÄDEL", true],
  ["anything", "*", true],
  ["T1 (+C)", "+c", true],
  ["", "*", true],
  ["a.c", "a?c", false],
  ["words", "", false],
])("%s is like %s: %s", (text, pattern, expected) => {
  expect(isLike(text, pattern)).toBe(expected);
});

describe("CT", () => {
  const chest = study("1", [
    series("1.1", { imageType: ["ORIGINAL", "PRIMARY", "LOCALIZER"], nImages: 2, bodyPart: "CHEST" }),
    series("1.2", { description: "Lung 1 mm", bodyPart: "CHEST" }),
    series("1.3", { description: "Soft 3 mm", bodyPart: "CHEST" }),
    series("1.4", { description: "Soft cor", plane: "coronal", bodyPart: "CHEST" }),
  ]);

  test("of the chest shows soft tissue and lung in their windows, linked, without the localizer", () => {
    const found = best({ study: chest, priors: [] });
    expect(found.id).toBe("built-in/ct-chest");
    const { layout } = found.stage();
    expect(layout.cells.map((cell) => [cell?.seriesUid, cell?.settings.window])).toEqual([
      ["1.3", { center: 49.5, width: 349 }],
      ["1.2", { center: -600.5, width: 1499 }],
    ]);
    expect(layout.links.scroll).toBe(true);
  });

  test("takes the part from the description when no series states it", () => {
    const head = study("1", [series("1.1")], { description: "CT Schädel nativ" });
    expect(best({ study: head, priors: [] }).id).toBe("built-in/ct-head");
  });

  test("without a part shows one series as before", () => {
    const found = best({ study: study("1", [series("1.2"), series("1.1")]), priors: [] });
    expect([found.id, found.shown()]).toEqual(["built-in/ct", ["1.1"]]);
  });

  test("puts the series of the prior that is most like the one shown beside it", () => {
    const prior = study("2", [
      series("2.1", { description: "Lung 1 mm", bodyPart: "CHEST" }),
      series("2.2", { description: "Soft 3 mm", bodyPart: "CHEST" }),
    ]);
    const found = best({ study: chest, priors: [prior] });
    const at = found.verdict.stages.findIndex((s) => found.verdict.known.protocol.stages[s]?.name.includes("Prior"));
    const { layout } = found.stage(at);
    expect(layout.cells.map((cell) => [cell?.studyUid, cell?.seriesUid])).toEqual([
      ["1", "1.3"],
      ["2", "2.2"],
    ]);
    expect(best({ study: chest, priors: [] }).verdict.stages).not.toContain(1);
  });
});

test("MR of the brain puts each weighting in its place", () => {
  const mr = (uid: string, description: string, given = {}) => series(uid, { modality: "MR", description, ...given });
  const brain = study(
    "1",
    [
      mr("1.1", "localizer", { plane: "sagittal" }),
      mr("1.2", "ep2d_diff_b1000"),
      mr("1.3", "t2_tirm_tra_dark-fluid"),
      mr("1.4", "t1_se_cor", { plane: "coronal" }),
      mr("1.5", "t1_se_tra"),
      mr("1.6", "t2_tse_tra"),
      mr("1.7", "t1_se_tra_KM"),
    ],
    { description: "MRI brain" },
  );
  const found = best({ study: brain, priors: [] });
  expect(found.id).toBe("built-in/mr-brain");
  expect(found.shown()).toEqual(["1.5", "1.6", "1.3", "1.2"]);
  expect(found.shown(1)).toEqual(["1.5", "1.7"]);
});

describe("PET/CT", () => {
  const both = [series("1.1", { bodyPart: "CHEST" }), series("1.2", { modality: "PT" })];
  test("fuses what lies in one frame of reference", () => {
    const found = best({ study: study("1", both), priors: [] });
    expect(found.id).toBe("built-in/pet-ct");
    const { cells } = found.stage().layout;
    expect(cells.map((cell) => cell?.seriesUid)).toEqual(["1.1", "1.2", "1.1", "1.2"]);
    expect(cells[2]?.settings.fusion).toMatchObject({ seriesUid: "1.2" });
    expect(COLOUR_MAPS).toContain(cells[2]?.settings.fusion?.colourMap);
  });
  test("lays nothing over what lies elsewhere", () => {
    const apart = study("1", [both[0] as never, series("1.2", { modality: "PT", frameOfReferenceUid: "8" })]);
    const found = best({ study: apart, priors: [] });
    expect(found.shown()).toEqual(["1.1", "1.2", "1.1", "1.2"]);
    expect(found.stage().layout.cells.map((cell) => cell?.settings.fusion)).toEqual(Array(4).fill(undefined));
    expect(found.verdict.stages).toEqual([2]);
  });
  test("needs enough images of both", () => {
    const few = study("1", [both[0] as never, series("1.2", { modality: "PT", nImages: 3 })]);
    expect(best({ study: few, priors: [] }).id).toBe("built-in/ct-chest");
  });
});

describe("mammography", () => {
  const now = study("1", [
    breast("1.1", "L", "MLO"),
    breast("1.2", "L", "CC", { orientation: ["P", "L"], size_mm: { width: 240, height: 300 } }),
    breast("1.3", "R", "MLO"),
    breast("1.4", "R", "CC"),
    breast("1.5", "R", "CC", { intent: "FOR PROCESSING" }),
    breast("1.6", "R", "CC", { modifiers: ["Magnification"] }),
    breast("1.7", "L", "CC", { nFrames: 40, nImages: 40 }),
  ]);
  const before = study("2", [breast("2.1", "R", "CC"), breast("2.2", "L", "MLO"), breast("2.3", "L", "CC")]);

  test("hangs right and left of both views back to back, priors below", () => {
    const found = best({ study: now, priors: [before] });
    expect(found.id).toBe("built-in/mammography-prior");
    expect(found.shown()).toEqual(["1.4", "1.2", "1.3", "1.1", "2.1", "2.3", undefined, "2.2"]);
    expect(found.stage().layout.cells.map((cell) => cell?.settings.framing?.edge)).toEqual([
      "right",
      "left",
      "right",
      "left",
      "right",
      "left",
      undefined,
      "left",
    ]);
  });

  test("gives all one size, that of the largest", () => {
    const framings = best({ study: now, priors: [before] })
      .stage()
      .layout.cells.flatMap((c) => c?.settings.framing ?? []);
    expect(new Set(framings.map(({ width_mm, height_mm }) => `${width_mm} x ${height_mm}`))).toEqual(
      new Set(["240 x 300"]),
    );
  });

  test("flips the breast that was stored the other way round", () => {
    const { cells } = best({ study: now, priors: [] }).stage().layout;
    expect(cells.map((cell) => [cell?.settings.isFlippedHorizontally, cell?.settings.isFlippedVertically])).toEqual([
      [false, false],
      [true, true],
      [false, false],
      [false, false],
    ]);
  });

  test("shows tomosynthesis in a stage of its own, and leaves out the view that has none", () => {
    const found = best({ study: now, priors: [] });
    expect(found.verdict.stages).toHaveLength(4);
    expect(found.shown(3)).toEqual([undefined, "1.7"]);
  });
});

test("one's own protocol comes before the site's, that before a built-in one, whatever they score", () => {
  const plain = BUILT_IN.find(({ id }) => id === "built-in/any");
  if (!plain) throw new Error("built-in/any is gone");
  const site: KnownProtocol = { ...plain, id: "kept/1", origin: "site" };
  const own: KnownProtocol = { ...plain, id: "kept/2", origin: "own" };
  const studies = { study: study("1", [series("1.1", { bodyPart: "CHEST" })]), priors: [] };
  const ids = judgeProtocols([...BUILT_IN, site, own], studies).map(({ known }) => known.id);
  expect(ids.slice(0, 3)).toEqual(["kept/2", "kept/1", "built-in/ct-chest"]);
});

test("says what held, what failed and what was found", () => {
  const studies = { study: study("1", [series("1.1", { bodyPart: "CHEST" })]), priors: [] };
  const chest = judgeProtocols(BUILT_IN, studies)[0];
  expect(chest?.judged.map(({ holds, found }) => [holds, found])).toEqual([
    [true, ["CT"]],
    [true, ["CHEST"]],
  ]);
  const head = judgeProtocols(BUILT_IN, studies).find(({ known }) => known.id === "built-in/ct-head");
  expect([head?.fits, head?.judged.map(({ holds }) => holds)]).toEqual([false, [true, false]]);
});

test("a study without pictures fits nothing", () => {
  const studies = { study: study("1", [series("1.1", { modality: "SR" })]), priors: [] };
  expect(judgeProtocols(BUILT_IN, studies).some(({ fits }) => fits)).toBe(false);
});
