import { expect, test } from "vitest";
import { sayIn } from "../../src/language/words";
import { provenanceOf } from "../../src/provenance/provenance";
import { WORDS } from "../../src/provenance/words";

const say = sayIn(WORDS, "en");

test("a derived image says by whom, how and from what", () => {
  const groups = provenanceOf(
    {
      "00082111": { vr: "ST", Value: ["Filtered back-projection"] },
      "00081020": { vr: "DA" },
      "00180060": { vr: "DS", Value: ["120"] },
      "0018A001": {
        vr: "SQ",
        Value: [
          {
            "00080070": { vr: "LO", Value: ["Isocenter"] },
            "00181020": { vr: "LO", Value: ["0.1.0", "numpy 2"] },
            "0040A170": { vr: "SQ", Value: [{ "00080104": { vr: "LO", Value: ["Processing Equipment"] } }] },
          },
        ],
      },
    },
    say,
  );
  expect(groups).toEqual([
    { title: "Reconstruction", lines: [{ label: "Tube voltage", value: "120 kV" }] },
    { title: "Derivation", lines: [{ label: "Description", value: "Filtered back-projection" }] },
    {
      title: "Processing Equipment",
      lines: [
        { label: "Made by", value: "Isocenter" },
        { label: "Software", value: "0.1.0, numpy 2" },
      ],
    },
  ]);
});

test("an object that says nothing has nothing to show", () => {
  expect(provenanceOf({}, say)).toEqual([]);
});
