import { expect, test } from "vitest";
import { routeOf, viewPath } from "../../src/navigation/route";

test("addresses name their pages", () => {
  expect(routeOf("/")).toEqual({ page: "studies", studyUid: undefined });
  expect(routeOf("/studies/1.2")).toEqual({ page: "studies", studyUid: "1.2" });
  expect(routeOf("/view/1.2/3.4")).toEqual({ page: "view", studyUid: "1.2", seriesUid: "3.4" });
  expect(routeOf("/reconstruct")).toEqual({ page: "reconstruct" });
});

test("other addresses are no page", () => {
  expect(["/view", "/view/1/2/3", "/settings", "/studies/1/2"].map((path) => routeOf(path).page)).toEqual(
    Array(4).fill("unknown"),
  );
});

test("the path of a view leads back to it", () => {
  expect(routeOf(viewPath("1.2", "3.4"))).toEqual({ page: "view", studyUid: "1.2", seriesUid: "3.4" });
  expect(routeOf(viewPath("1.2"))).toEqual({ page: "view", studyUid: "1.2", seriesUid: undefined });
});
