/** What stands beside a drawing in a motion or a spectrum of ultrasound, in place of lengths and areas. */
import { wadors } from "@cornerstonejs/dicom-image-loader";
import type { Types } from "@cornerstonejs/tools";
import type { Dataset } from "../dicomweb/json-model";
import { toImage } from "../measurements/image-geometry";
import type { Kind } from "../measurements/measurement";
import { quantityName, quantityText } from "../measurements/quantity-text";
import { type StudyImage, studyImagesOf } from "../measurements/study-images";
import { quantitiesOnImage } from "../ultrasound/region-quantities";

type Data = Types.Annotation["data"];
type TextLines = (data: Data, targetId: string) => string[] | undefined;

const IMAGE_TARGET = "imageId:";
const images = new WeakMap<Dataset, StudyImage>();

/** Let a tool of Cornerstone say what its drawing measures in a region of ultrasound; elsewhere it says the usual. */
export function sayInRegions(tool: { configuration: Record<string, unknown> }, kind: Kind): void {
  const usual = tool.configuration.getTextLines as TextLines;
  const lines: TextLines = (data, targetId) => {
    const image = imageOf(targetId);
    const points = (kind === "PlanarFreehandROI" ? data.contour?.polyline : data.handles?.points) ?? [];
    const drawn = image ? points.map(([x, y, z]) => toImage(image.geometry, [x, y, z]).point_px) : [];
    const quantities = image ? quantitiesOnImage(kind, image, drawn) : [];
    if (quantities.length === 0) return usual(data, targetId);
    return quantities.map((one) => `${quantityName(one)} ${quantityText(one)}`.trim());
  };
  tool.configuration.getTextLines = lines;
}

/** Return the image of a target; its frames all have the same regions. */
function imageOf(targetId: string): StudyImage | undefined {
  if (!targetId.startsWith(`${IMAGE_TARGET}wadors:`)) return undefined;
  const dataset = wadors.metaDataManager.get(targetId.slice(IMAGE_TARGET.length)) as Dataset | undefined;
  if (!dataset?.["00186011"]) return undefined;
  const known = images.get(dataset) ?? studyImagesOf([dataset])[0];
  if (known) images.set(dataset, known);
  return known;
}
