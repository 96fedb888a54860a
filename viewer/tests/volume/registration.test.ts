import { expect, test } from "vitest";
import type { Dataset } from "../../src/dicomweb/json-model";
import { IDENTITY, moved, wayBetween, waysOf } from "../../src/volume/registration";

const uid = (value: string) => ({ vr: "UI", Value: [value] });
const sequence = (...Value: Dataset[]) => ({ vr: "SQ", Value });

/** A registration into `to`: of every other frame of reference, its matrices one after the other. */
function registration(to: string, others: Record<string, number[][]>): Dataset {
  return {
    "00080016": uid("1.2.840.10008.5.1.4.1.1.66.1"),
    "00200052": uid(to),
    "00700308": sequence(
      ...Object.entries(others).map(([from, matrices]) => ({
        "00200052": uid(from),
        "00700309": sequence({
          "0070030A": sequence(...matrices.map((Value) => ({ "300600C6": { vr: "DS", Value } }))),
        }),
      })),
    ),
  };
}

/** A quarter turn about z: x goes to y; then 10 mm to the left. */
const TURN = [0, -1, 0, 10, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
const SHIFT = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1];
const LATTICE = { origin: [1, 2, 3], spacing: [0.5, 0.7, 2], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] } as const;

test("a volume goes where its matrix leads, and back", () => {
  const ways = waysOf([registration("1", { "2": [TURN] })]);
  const there = wayBetween(ways, "2", "1");
  const found = there && moved(LATTICE, there);
  expect(found?.origin).toEqual([8, 1, 3]);
  expect(found?.direction.slice(0, 3)).toEqual([0, 1, 0]);
  expect(found?.spacing).toEqual([0.5, 0.7, 2]);
  const back = wayBetween(ways, "1", "2");
  const again = found && back && moved(found, back);
  expect(again?.origin[0]).toBeCloseTo(1);
  expect(again?.origin[1]).toBeCloseTo(2);
});

test("matrices are applied one after the other", () => {
  const ways = waysOf([registration("1", { "2": [SHIFT, TURN] })]);
  expect(wayBetween(ways, "2", "1")?.[2]?.[3]).toBe(5);
  expect(wayBetween(ways, "2", "1")?.[0]?.[3]).toBe(10);
});

test("two spaces registered to a third one find each other", () => {
  const ways = waysOf([registration("1", { "1": [[...IDENTITY.flat()]], "2": [SHIFT], "3": [TURN] })]);
  const found = wayBetween(ways, "2", "3");
  const origin = found && moved(LATTICE, found)?.origin;
  expect(origin?.map((x) => Number(x.toFixed(6)))).toEqual([2, 9, 8]);
});

test("without an object there is no way, and a way that shears moves no volume", () => {
  expect(wayBetween([], "1", "2")).toBeUndefined();
  expect(wayBetween([], "", "")).toBeUndefined();
  const sheared = [1, 0.2, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const way = wayBetween(waysOf([registration("1", { "2": [sheared] })]), "2", "1");
  expect(way && moved(LATTICE, way)).toBeUndefined();
});
