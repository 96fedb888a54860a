import { expect, test } from "vitest";
import { documentPath, routeOf, serverViewPath, viewPath } from "../../src/navigation/route";

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

test("documents and views drawn by the server have pages of their own", () => {
  expect(routeOf(documentPath("1", "2", "3"))).toEqual({
    page: "document",
    studyUid: "1",
    seriesUid: "2",
    instanceUid: "3",
  });
  expect(routeOf(serverViewPath("1", "2"))).toEqual({ page: "server-view", studyUid: "1", seriesUid: "2" });
  expect(["/document/1/2", "/document/1/2/3/4", "/server-view/1"].map((path) => routeOf(path).page)).toEqual(
    Array(3).fill("unknown"),
  );
});
