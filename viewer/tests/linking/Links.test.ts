import { expect, test } from "vitest";
import { Links, type Member } from "../../src/linking/Links";
import type { Vector } from "../../src/overlays/vectors";
import type { View } from "../../src/viewport/View";

const ALL = { scroll: true, window: true, zoom: true };

/** A cell whose controller writes down what it is told. */
function cell(space: string, modality = "CT") {
  const told: string[] = [];
  const member = {
    controller: {
      nImages: 20,
      framing: { zoom: 2, pan: [0, 0] },
      goTo: async (index: number) => void told.push(`image ${index}`),
      goToPoint: async (point: Vector) => void told.push(`point ${point.join(" ")}`),
      setRange: ({ lower, upper }: { lower: number; upper: number }) => told.push(`window ${lower} ${upper}`),
      setFraming: () => told.push("size"),
    },
    frameOfReferenceUid: space,
    modality,
    step_mm: 2,
    view: undefined,
  } as unknown as Member;
  return { told, member };
}

function view(index: number, change: Partial<View> = {}, normal: Vector = [0, 0, 1]): View {
  return {
    index,
    nImages: 20,
    range: { lower: 0, upper: 100 },
    zoom: 1,
    pan_px: [0, 0],
    plane: { origin_mm: [0, 0, 2 * index], normal, corners_mm: [] as never },
    ...change,
  } as View;
}

function linked(...cells: { member: Member }[]): Links {
  const links = new Links();
  cells.forEach(({ member }, index) => {
    links.join(index, member);
  });
  links.lead(0, ALL);
  cells.forEach((_, index) => {
    links.tell(index, view(5));
  });
  return links;
}

test("in one space cells follow by place, elsewhere by distance", () => {
  const [leader, same, other] = [cell("1.9"), cell("1.9"), cell("1.8")];
  linked(leader, same, other).tell(0, view(8));
  expect(same.told).toEqual(["point 0 0 16"]);
  expect(other.told).toEqual(["image 8"]);
  expect(leader.told).toEqual([]);
});

test("a plane that crosses the leading one does not follow it", () => {
  const [leader, coronal] = [cell("1.9"), cell("1.9")];
  const links = linked(leader, coronal);
  links.tell(1, view(5, {}, [0, 1, 0]));
  links.tell(0, view(8));
  expect(coronal.told).toEqual([]);
});

test("windows are shared by one modality alone", () => {
  const [leader, scan, uptake] = [cell("1.9"), cell("1.9"), cell("1.9", "PT")];
  linked(leader, scan, uptake).tell(0, view(5, { range: { lower: -50, upper: 50 } }));
  expect(scan.told).toEqual(["window -50 50"]);
  expect(uptake.told).toEqual([]);
});

test("only the active cell leads, and nothing follows unasked", () => {
  const [leader, follower] = [cell("1.9"), cell("1.9")];
  const links = linked(leader, follower);
  links.tell(1, view(9));
  expect(leader.told).toEqual([]);
  links.lead(0, { scroll: false, window: false, zoom: false });
  links.tell(0, view(12));
  expect(follower.told).toEqual([]);
});

test("a cell that has left is not told any more", () => {
  const links = new Links();
  const [leader, follower] = [cell("1.9"), cell("1.9")];
  links.join(0, leader.member);
  const leave = links.join(1, follower.member);
  links.lead(0, ALL);
  links.tell(0, view(5));
  links.tell(1, view(5));
  leave();
  links.tell(0, view(6));
  expect(follower.told).toEqual([]);
});
