/**
 * How an image was made, as far as its object says.
 *
 * Source: DICOM PS3.3 sec. C.7.5.1 (General Equipment), C.12.1 (SOP Common: Contributing Equipment), C.7.6.1 (Derivation).
 */
import { formatDate, formatDateTime } from "../dicomweb/dates";
import { allText, type Dataset, items, type Keyword, number, text } from "../dicomweb/json-model";
import type { Say } from "../language/words";
import type { WORDS } from "./words";

export interface ProvenanceLine {
  label: string;
  value: string;
}

export interface ProvenanceGroup {
  title: string;
  lines: readonly ProvenanceLine[];
}

/** Return what is known, group by group, in the language that `say` speaks. */
export function provenanceOf(dataset: Dataset, say: Say<keyof typeof WORDS>): ProvenanceGroup[] {
  const contributors = items(dataset, "ContributingEquipmentSequence").map((item) => ({
    title: text(items(item, "PurposeOfReferenceCodeSequence")[0], "CodeMeaning") || say("contributor"),
    lines: [
      line(say("made-by"), words(text(item, "Manufacturer"), text(item, "ManufacturerModelName"))),
      line(say("software"), allText(item, "SoftwareVersions", ", ")),
      line(say("when"), formatDateTime(text(item, "ContributionDateTime"))),
      line(say("what"), text(item, "ContributionDescription")),
    ],
  }));
  const groups: ProvenanceGroup[] = [
    { title: say("reconstruction"), lines: reconstruction(dataset, say) },
    {
      title: say("derivation"),
      lines: [
        line(say("description"), text(dataset, "DerivationDescription")),
        line(
          say("kind"),
          items(dataset, "DerivationCodeSequence")
            .map((code) => text(code, "CodeMeaning"))
            .join(", "),
        ),
        line(say("sources"), String(items(dataset, "SourceImageSequence").length || "")),
        line(say("lossy"), text(dataset, "LossyImageCompression") === "01" ? say("used") : ""),
      ],
    },
    ...contributors,
    {
      title: say("equipment"),
      lines: [
        line(say("made-by"), words(text(dataset, "Manufacturer"), text(dataset, "ManufacturerModelName"))),
        line(say("software"), allText(dataset, "SoftwareVersions", ", ")),
        line(say("institution"), text(dataset, "InstitutionName")),
        line(say("calibrated"), formatDate(text(dataset, "DateOfLastCalibration"))),
      ],
    },
  ];
  return groups
    .map(({ title, lines }) => ({ title, lines: lines.filter(({ value }) => value) }))
    .filter(({ lines }) => lines.length > 0);
}

function reconstruction(dataset: Dataset, say: Say<keyof typeof WORDS>): ProvenanceLine[] {
  return [
    line(say("image-type"), allText(dataset, "ImageType", " / ")),
    line(say("algorithm"), text(dataset, "ReconstructionAlgorithm") || text(dataset, "ReconstructionAlgorithmMr")),
    line(say("method"), text(dataset, "ReconstructionMethod")),
    line(say("kernel"), allText(dataset, "ConvolutionKernel", ", ")),
    line(say("protocol"), text(dataset, "ProtocolName")),
    line(say("thickness"), quantity(dataset, "SliceThickness", "mm")),
    line(say("voltage"), quantity(dataset, "KVP", "kV")),
    line(say("current"), quantity(dataset, "XRayTubeCurrent", "mA")),
    line(say("field"), quantity(dataset, "MagneticFieldStrength", "T")),
    line(say("repetition"), quantity(dataset, "RepetitionTime", "ms")),
    line(say("echo"), quantity(dataset, "EchoTime", "ms")),
    line(say("flip"), quantity(dataset, "FlipAngle", "°")),
  ];
}

export function quantity(dataset: Dataset, keyword: Keyword, unit: string): string {
  const value = number(dataset, keyword);
  return value === undefined ? "" : `${Number(value.toPrecision(6))} ${unit}`;
}

function line(label: string, value: string): ProvenanceLine {
  return { label, value };
}

function words(...parts: string[]): string {
  return parts.filter(Boolean).join(" ");
}
