import { expect, test } from "vitest";
import { imageOf } from "../../src/navigation/route";

test("an address may name an image", () => {
  expect(imageOf("?instance=1.2.3&frame=4")).toEqual({ instanceUid: "1.2.3", frame: 4 });
  expect(imageOf("?instance=1.2.3")).toEqual({ instanceUid: "1.2.3", frame: 1 });
  expect(imageOf("?instance=1.2.3&frame=-2")).toEqual({ instanceUid: "1.2.3", frame: 1 });
  expect(imageOf("")).toBeUndefined();
  expect(imageOf("?instance=Name^Of")).toBeUndefined();
});
