import { expect, test } from "vitest";
import { outcomeOf } from "../../src/dicomweb/store";

test("a stored instance is stored", () => {
  const answer = { "00081199": { vr: "SQ", Value: [{ "00081155": { vr: "UI", Value: ["1.2.3"] } }] } };
  expect(outcomeOf(answer)).toEqual({ isStored: true, reason: "1.2.3" });
});

test("a refused instance says why", () => {
  const answer = [{ "00081198": { vr: "SQ", Value: [{ "00081197": { vr: "US", Value: [0xa700] } }] } }];
  expect(outcomeOf(answer)).toEqual({ isStored: false, reason: "The archive is out of space (0xA700)." });
});

test("a file that is no instance is refused in the archive's words", () => {
  const item = {
    "00081197": { vr: "US", Value: [0xc000] },
    "00000902": { vr: "LO", Value: ["This is no DICOM file."] },
  };
  const answer = { "0008119A": { vr: "SQ", Value: [item] } };
  expect(outcomeOf(answer)).toEqual({ isStored: false, reason: "This is no DICOM file." });
});

test("an answer that says nothing is not success", () => {
  expect(outcomeOf({}).isStored).toBe(false);
  expect(outcomeOf({ title: "Conflict", detail: "The UID is taken." }).reason).toBe("The UID is taken.");
});
