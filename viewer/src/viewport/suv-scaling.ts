/** Tells Cornerstone how PET values become standardised uptake, so that tools measure what the overlay shows. */
import { metaData } from "@cornerstonejs/core";
import { wadors } from "@cornerstonejs/dicom-image-loader";
import { type Dataset, text } from "../dicomweb/json-model";
import { suvFactor } from "../overlays/suv";
import { unrounded } from "./exact-rescale";

/** Above Cornerstone's own providers, which know no uptake. */
const PRIORITY = 10_000;

export function provideSuvScaling(): void {
  metaData.addProvider((type: string, imageId: unknown) => {
    if (type !== "scalingModule" || typeof imageId !== "string") return undefined;
    const dataset = wadors.metaDataManager.get(imageId) as Dataset | undefined;
    if (!dataset || text(dataset, "Modality") !== "PT") return undefined;
    const suv = suvFactor(dataset);
    return "factor" in suv ? { suvbw: unrounded(suv.factor) } : undefined;
  }, PRIORITY);
}
