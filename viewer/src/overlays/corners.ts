/** The words in the four corners: patient, study, series and place, technique. */
import { ageInYears, formatDate, formatTime } from "../dicomweb/dates";
import { allText, text } from "../dicomweb/json-model";
import { formatPersonName } from "../dicomweb/person-name";
import { type Frame, pixelSpacing_mm, planeOf } from "../viewport/frames";
import { quantity } from "../viewport/provenance";
import { planeName } from "./orientation";
import { dot } from "./vectors";

export interface Corners {
  topLeft: string[];
  topRight: string[];
  bottomLeft: string[];
  bottomRight: string[];
}

export function cornersOf(frame: Frame, index: number, nFrames: number): Corners {
  const { dataset } = frame;
  const age = ageInYears(text(dataset, "PatientBirthDate"), text(dataset, "StudyDate"));
  const plane = planeOf(frame);
  const place = plane ? `${planeName(plane.normal)} ${dot(plane.position_mm, plane.normal).toFixed(1)} mm` : "";
  const spacing = pixelSpacing_mm(frame);
  const born = formatDate(text(dataset, "PatientBirthDate"));
  return kept({
    topLeft: [
      formatPersonName(text(dataset, "PatientName")),
      text(dataset, "PatientID"),
      joined(born, text(dataset, "PatientSex"), age === undefined ? "" : `${age} y`),
    ],
    topRight: [
      text(dataset, "InstitutionName"),
      text(dataset, "StudyDescription"),
      joined(formatDate(text(dataset, "StudyDate")), formatTime(text(dataset, "StudyTime"))),
      text(dataset, "AccessionNumber"),
    ],
    bottomLeft: [
      joined(text(dataset, "Modality"), text(dataset, "SeriesDescription")),
      `Image ${index + 1} of ${nFrames}`,
      place,
    ],
    bottomRight: [
      joined(quantity(dataset, "KVP", "kV"), quantity(dataset, "XRayTubeCurrent", "mA")),
      joined(
        quantity(dataset, "MagneticFieldStrength", "T"),
        labelled("TR", quantity(dataset, "RepetitionTime", "ms")),
      ),
      labelled("TE", quantity(dataset, "EchoTime", "ms")),
      allText(dataset, "ConvolutionKernel", ", "),
      labelled("Slice", quantity(dataset, "SliceThickness", "mm")),
      spacing?.isAtDetector ? "Scale at the detector" : "",
      text(dataset, "LossyImageCompression") === "01" ? "Lossy compression" : "",
    ],
  });
}

function kept(corners: Corners): Corners {
  const kept = (lines: string[]) => lines.filter(Boolean);
  return {
    topLeft: kept(corners.topLeft),
    topRight: kept(corners.topRight),
    bottomLeft: kept(corners.bottomLeft),
    bottomRight: kept(corners.bottomRight),
  };
}

function joined(...parts: string[]): string {
  return parts.filter(Boolean).join("  ");
}

function labelled(label: string, value: string): string {
  return value ? `${label} ${value}` : "";
}
