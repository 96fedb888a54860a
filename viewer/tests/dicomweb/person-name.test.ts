import { expect, test } from "vitest";
import { formatPersonName } from "../../src/dicomweb/person-name";

// The examples of DICOM PS3.5 sec. 6.2.1.1.
test.each([
  ["Adams^John Robert Quincy^^Rev.^B.A. M.Div.", "Adams B.A. M.Div., Rev. John Robert Quincy"],
  ["Morrison-Jones^Susan^^^Ph.D., Chief Executive Officer", "Morrison-Jones Ph.D., Chief Executive Officer, Susan"],
  ["Doe^John", "Doe, John"],
  ["Doe", "Doe"],
  ["Smith^Fluffy", "Smith, Fluffy"],
  ["=山田^太郎=やまだ^たろう", "山田, 太郎"],
  ["^^^^", ""],
  ["", ""],
])("%s is shown as %s", (name, shown) => {
  expect(formatPersonName(name)).toBe(shown);
});
