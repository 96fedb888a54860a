import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packed } from "../../src/reconstruct/packed";

test("one file goes as it is", () => {
  const file = new File(["abc"], "scan.h5");
  expect(packed([file])).toBe(file);
});

test("several files go as a tar that any tar program reads", async () => {
  const large = "x".repeat(1500);
  const files = [new File([large], "view 2.dcm"), new File(["one"], "view 10 ü.dcm"), new File([""], "empty")];
  const tar = packed(files);
  expect(tar.name).toBe("files.tar");
  const folder = mkdtempSync(join(tmpdir(), "packed-"));
  writeFileSync(join(folder, "a.tar"), new Uint8Array(await tar.arrayBuffer()));
  execFileSync("tar", ["-xf", "a.tar"], { cwd: folder });
  expect(readFileSync(join(folder, "view 2.dcm"), "utf8")).toBe(large);
  expect(readFileSync(join(folder, "view 10 ü.dcm"), "utf8")).toBe("one");
  expect(readFileSync(join(folder, "empty"), "utf8")).toBe("");
});

test("the tar is named after the folder, in letters that a server takes", () => {
  const inFolder = (path: string) =>
    Object.defineProperty(new File(["x"], path.split("/")[1] ?? ""), "webkitRelativePath", { value: path });
  expect(packed([inFolder("Tooth: 3/a"), inFolder("Tooth: 3/b")]).name).toBe("Tooth_ 3.tar");
});

test("names that do not fit are said", () => {
  expect(() => packed([new File(["x"], "n".repeat(101)), new File(["x"], "b")])).toThrow("longer than 100 bytes");
});
