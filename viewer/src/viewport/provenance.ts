/**
 * How an image was made, as far as its object says.
 *
 * Source: DICOM PS3.3 sec. C.7.5.1 (General Equipment), C.12.1 (SOP Common: Contributing Equipment), C.7.6.1 (Derivation).
 */
import { formatDate, formatDateTime } from "../dicomweb/dates";
import { allText, type Dataset, items, type Keyword, number, text } from "../dicomweb/json-model";

export interface ProvenanceLine {
  label: string;
  value: string;
}

export interface ProvenanceGroup {
  title: string;
  lines: readonly ProvenanceLine[];
}

export function provenanceOf(dataset: Dataset): ProvenanceGroup[] {
  const contributors = items(dataset, "ContributingEquipmentSequence").map((item) => ({
    title: text(items(item, "PurposeOfReferenceCodeSequence")[0], "CodeMeaning") || "Contributing equipment",
    lines: [
      line("Made by", words(text(item, "Manufacturer"), text(item, "ManufacturerModelName"))),
      line("Software", allText(item, "SoftwareVersions", ", ")),
      line("When", formatDateTime(text(item, "ContributionDateTime"))),
      line("What", text(item, "ContributionDescription")),
    ],
  }));
  const groups: ProvenanceGroup[] = [
    { title: "Reconstruction", lines: reconstruction(dataset) },
    {
      title: "Derivation",
      lines: [
        line("Description", text(dataset, "DerivationDescription")),
        line(
          "Kind",
          items(dataset, "DerivationCodeSequence")
            .map((code) => text(code, "CodeMeaning"))
            .join(", "),
        ),
        line("Sources", countOf(items(dataset, "SourceImageSequence").length, "instance")),
        line("Lossy compression", text(dataset, "LossyImageCompression") === "01" ? "has been used" : ""),
      ],
    },
    ...contributors,
    {
      title: "Equipment",
      lines: [
        line("Made by", words(text(dataset, "Manufacturer"), text(dataset, "ManufacturerModelName"))),
        line("Software", allText(dataset, "SoftwareVersions", ", ")),
        line("Institution", text(dataset, "InstitutionName")),
        line("Last calibration", formatDate(text(dataset, "DateOfLastCalibration"))),
      ],
    },
  ];
  return groups
    .map(({ title, lines }) => ({ title, lines: lines.filter(({ value }) => value) }))
    .filter(({ lines }) => lines.length > 0);
}

function reconstruction(dataset: Dataset): ProvenanceLine[] {
  return [
    line("Image type", allText(dataset, "ImageType", " / ")),
    line("Algorithm", text(dataset, "ReconstructionAlgorithm") || text(dataset, "ReconstructionAlgorithmMr")),
    line("Method", text(dataset, "ReconstructionMethod")),
    line("Kernel", allText(dataset, "ConvolutionKernel", ", ")),
    line("Protocol", text(dataset, "ProtocolName")),
    line("Slice thickness", quantity(dataset, "SliceThickness", "mm")),
    line("Tube voltage", quantity(dataset, "KVP", "kV")),
    line("Tube current", quantity(dataset, "XRayTubeCurrent", "mA")),
    line("Field strength", quantity(dataset, "MagneticFieldStrength", "T")),
    line("Repetition time", quantity(dataset, "RepetitionTime", "ms")),
    line("Echo time", quantity(dataset, "EchoTime", "ms")),
    line("Flip angle", quantity(dataset, "FlipAngle", "°")),
  ];
}

export function quantity(dataset: Dataset, keyword: Keyword, unit: string): string {
  const value = number(dataset, keyword);
  return value === undefined ? "" : `${Number(value.toPrecision(6))} ${unit}`;
}

function countOf(n: number, noun: string): string {
  return n === 0 ? "" : `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function line(label: string, value: string): ProvenanceLine {
  return { label, value };
}

function words(...parts: string[]): string {
  return parts.filter(Boolean).join(" ");
}
