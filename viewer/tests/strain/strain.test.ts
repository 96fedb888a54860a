import { describe, expect, it, vi } from "vitest";
import { ProblemError } from "../../src/http/problem";
import { UNPLACED } from "../../src/measurements/image-geometry";
import type { StudyImage } from "../../src/measurements/study-images";
import { shapesOf } from "../../src/measurements/write-report";
import { measurementsOfStrain } from "../../src/strain/keep-strain";
import { pixelsOnScreen } from "../../src/strain/pixels-on-screen";
import { StrainDesk } from "../../src/strain/StrainDesk";
import { segmentsOf, siteOf, VIEW_NAMES } from "../../src/strain/segments";
import { smoothPath } from "../../src/strain/smooth-path";
import { linesOf, type PixelPoint, type Strain } from "../../src/strain/strain-api";

const LOOP = { studyUid: "1", seriesUid: "1.2", instanceUid: "1.2.3", nFrames: 20 };
const curve = (peak: number) => ({ peak, at_end_systole: peak, percent: [0, peak, 0] });

function found(): Strain {
  const wall = Array.from({ length: 61 }, (_, index): PixelPoint => [index, 100 - index]);
  const segments = [-20, -21, -22, -23, null, -25].map((peak) => ({
    believed: peak === null ? 0.3 : 1,
    strain: peak === null ? null : curve(peak),
  }));
  const beat = { first: 1, n_frames: 3, frame_ms: 40, end_systole: 2, drift_mm: 0.4 };
  return { ...beat, global: curve(-22), segments, tracks_px: [wall, wall, wall] };
}

describe("segments", () => {
  it("have sites of their own, sixteen over the three views", () => {
    const sites = VIEW_NAMES.flatMap((view) => segmentsOf(view).map((segment) => siteOf(segment).value));
    expect(sites).toHaveLength(18);
    expect(new Set(sites).size).toBe(16);
    expect(sites).not.toContain("");
  });
});

describe("the desk", () => {
  const open = (ask = vi.fn(async () => found())) => {
    const desk = new StrainDesk(ask);
    desk.setOpen(true);
    desk.lookAt(LOOP);
    return { desk, ask };
  };

  it("takes points of one frame only, and asks with them", async () => {
    const { desk, ask } = open();
    expect(desk.addPoint([1, 2], 3)).toBe(true);
    expect(desk.addPoint([3, 4], 4)).toBe(false);
    expect(desk.now().points).toEqual([[1, 2]]);
    desk.chooseBeat({ first: 2, last: 18, isWholeBeat: false });
    await desk.follow();
    const asked = { points: [[1, 2]], frame: 3, view: "4 chamber", first: 2, last: 18, isWholeBeat: false };
    expect(ask).toHaveBeenCalledWith(LOOP, asked, expect.any(Function), expect.any(AbortSignal));
    expect(desk.now().found?.global?.peak).toBe(-22);
    expect(desk.isDrawing).toBe(false);
  });

  it("shows a problem and keeps the line", async () => {
    const problem = { title: "No region", status: 422 };
    const { desk } = open(vi.fn(async () => Promise.reject(new ProblemError(problem))));
    desk.addPoint([1, 2], 1);
    await desk.follow();
    expect(desk.now().problem).toEqual(problem);
    expect(desk.isDrawing).toBe(true);
    expect(desk.now().points).toHaveLength(1);
  });

  it("forgets an answer that nobody waits for any more", async () => {
    let answer: (strain: Strain) => void = () => {};
    const { desk } = open(vi.fn(() => new Promise<Strain>((resolve) => (answer = resolve))));
    const following = desk.follow();
    desk.lookAt({ ...LOOP, instanceUid: "9", nFrames: 7 });
    answer(found());
    await following;
    expect(desk.now()).toMatchObject({ found: undefined, share: undefined, points: [], last: 7 });
  });

  it("turns the walls around with what was found", async () => {
    const { desk } = open();
    desk.addPoint([1, 2], 1);
    desk.addPoint([5, 6], 1);
    await desk.follow();
    desk.turnAround();
    expect(desk.now().points).toEqual([
      [5, 6],
      [1, 2],
    ]);
    expect(desk.now().found?.segments.map(({ strain }) => strain?.peak)).toEqual([-25, undefined, -23, -22, -21, -20]);
    expect(desk.now().found?.tracks_px[0]?.[0]).toEqual([60, 40]);
  });
});

describe("what is kept", () => {
  const image = {
    reference: { seriesUid: "1.2", sopClassUid: "7", sopInstanceUid: "1.2.3", frame: 1, isMultiFrame: true },
    geometry: UNPLACED,
    frameOfReferenceUid: undefined,
  } as unknown as StudyImage;

  it("is the whole wall and each segment that was followed, at its site", () => {
    const kept = measurementsOfStrain(found(), "4 chamber", image, (one) => one?.wall ?? "GLS", {
      observer: "Kim^Ana",
      observedAt: "20260102",
    });
    expect(kept.map(({ label }) => label)).toEqual([
      "GLS",
      "inferoseptal",
      "inferoseptal",
      "septal",
      "lateral",
      "anterolateral",
    ]);
    expect(kept.map(({ quantities }) => quantities[0]?.value)).toEqual([-22, -20, -21, -22, -23, -25]);
    expect(kept[0]?.quantities[0]?.concept.value).toBe("130691");
    expect(kept[1]?.site?.value).toBe("396646008");
    const [line] = kept.map(shapesOf)[1] ?? [];
    expect(line).toEqual({
      type: "POLYLINE",
      points: [
        [0.5, 100.5],
        [5.5, 95.5],
        [10.5, 90.5],
      ],
    });
  });
});

describe("places", () => {
  it("go to the screen and back, turned and scaled", () => {
    const turned = ([x, y]: readonly number[]) => [30 - 2 * (y ?? 0), 7 + 3 * (x ?? 0)] as const;
    const { toScreen, toPixel } = pixelsOnScreen(turned, UNPLACED);
    expect(toScreen([10, 20])).toEqual([-10, 37]);
    const [column, row] = toPixel(...toScreen([12.5, 80.25]));
    expect(column).toBeCloseTo(12.5);
    expect(row).toBeCloseTo(80.25);
  });

  it("are joined by a smooth line through all of them", () => {
    expect(smoothPath([])).toBe("");
    expect(smoothPath([[0, 0], [6, 0], [12, 6]])).toBe("M0 0C1 0 4 -1 6 0C8 1 11 5 12 6"); // biome-ignore format: one line
  });
});

describe("lines of an answer", () => {
  it("are whole, however the bytes come", async () => {
    const chunks = ['{"a":', '1}\n{"b":2}\n{"c"', ":3}"];
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    });
    const lines: string[] = [];
    for await (const line of linesOf(new Response(body))) lines.push(line);
    expect(lines).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
  });
});
