import { expect, test } from "vitest";
import { documentAddress } from "../../src/documents/document-address";

test("the address of a document holds UIDs, language and theme, and nothing else", () => {
  const look = { language: "vi", theme: "dark", form: "readable" } as const;
  expect(documentAddress("1.2", "3", "4", look)).toBe(
    "/api/documents/studies/1.2/series/3/instances/4?language=vi&theme=dark",
  );
  expect(documentAddress("1.2", "3", "4", { ...look, form: "attributes" })).toContain("form=attributes");
});
