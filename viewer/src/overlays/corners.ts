/** The words in the four corners: patient, study, series and place, technique. */
import { ageInYears, formatDate, formatTime } from "../dicomweb/dates";
import { allText, text } from "../dicomweb/json-model";
import { formatPersonName } from "../dicomweb/person-name";
import { sayIn } from "../language/words";
import { quantity } from "../provenance/provenance";
import { type Frame, pixelSpacing_mm } from "../viewport/frames";
import type { ViewedPlane } from "../viewport/View";
import { planeName } from "./orientation";
import { dot, type Vector } from "./vectors";
import { WORDS } from "./words";

export interface Corners {
  topLeft: string[];
  topRight: string[];
  bottomLeft: string[];
  bottomRight: string[];
}

/** Which image of how many is shown, and where it lies. */
export interface Shown {
  index: number;
  nImages: number;
  plane: Pick<ViewedPlane, "origin_mm" | "normal"> | undefined;
}

export function cornersOf(frame: Frame, { index, nImages, plane }: Shown): Corners {
  const { dataset } = frame;
  const say = sayIn(WORDS);
  const age = ageInYears(text(dataset, "PatientBirthDate"), text(dataset, "StudyDate"));
  const position = plane ? `${planeWord(plane.normal)} ${position_mm(plane).toFixed(1)} mm` : "";
  const spacing = pixelSpacing_mm(frame);
  const born = formatDate(text(dataset, "PatientBirthDate"));
  return kept({
    topLeft: [
      formatPersonName(text(dataset, "PatientName")),
      text(dataset, "PatientID"),
      joined(born, text(dataset, "PatientSex"), age === undefined ? "" : say("years", { age })),
    ],
    topRight: [
      text(dataset, "InstitutionName"),
      text(dataset, "StudyDescription"),
      joined(formatDate(text(dataset, "StudyDate")), formatTime(text(dataset, "StudyTime"))),
      text(dataset, "AccessionNumber"),
    ],
    bottomLeft: [
      joined(text(dataset, "Modality"), text(dataset, "SeriesDescription")),
      nImages > 0 ? say("image", { image: index + 1, n: nImages }) : "",
      position,
    ],
    bottomRight: [
      joined(quantity(dataset, "KVP", "kV"), quantity(dataset, "XRayTubeCurrent", "mA")),
      joined(
        quantity(dataset, "MagneticFieldStrength", "T"),
        labelled("TR", quantity(dataset, "RepetitionTime", "ms")),
      ),
      labelled("TE", quantity(dataset, "EchoTime", "ms")),
      allText(dataset, "ConvolutionKernel", ", "),
      labelled(say("slice"), quantity(dataset, "SliceThickness", "mm")),
      spacing?.isAtDetector ? say("detector") : "",
      text(dataset, "LossyImageCompression") === "01" ? say("lossy") : "",
    ],
  });
}

/** Return how far a plane lies along the axis that it faces most: to the left, to the back, to the head. */
function position_mm({ origin_mm, normal }: NonNullable<Shown["plane"]>): number {
  const strongest = normal.reduce((most, part) => (Math.abs(part) > Math.abs(most) ? part : most), 0);
  return dot(origin_mm, normal) * Math.sign(strongest);
}

function planeWord(normal: Vector): string {
  const say = sayIn(WORDS);
  const name = planeName(normal);
  const plain = name.replace("oblique ", "") as "axial" | "coronal" | "sagittal";
  return name.startsWith("oblique") ? say("oblique", { plane: say(plain) }) : say(plain);
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
