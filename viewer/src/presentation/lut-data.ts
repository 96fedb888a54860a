/** Bring the tables of a presentation state into its data set as numbers. Source: DICOM PS3.3 sec. C.11.1.1.1. */
import { ATTRIBUTES, type Attribute, itemsOf, numbersOf } from "../dicomweb/attributes";
import type { Dataset } from "../dicomweb/json-model";
import { bytesOf, paletteEntries } from "../dicomweb/palette";

const [LUT_DATA] = ATTRIBUTES.LUTData;

/** Return the data set with all LUT data as values, fetched where they are bulk data. */
export async function withLutData(dataset: Dataset): Promise<Dataset> {
  const sequences: readonly Attribute[] = ["ModalityLUTSequence", "VOILUTSequence", "SoftcopyVOILUTSequence"];
  const complete: Dataset = { ...dataset };
  for (const sequence of sequences) {
    const items = itemsOf(dataset, sequence);
    if (items.length === 0) continue;
    complete[ATTRIBUTES[sequence][0]] = { vr: "SQ", Value: await Promise.all(items.map(withLutData)) };
  }
  if (!dataset[LUT_DATA] || dataset[LUT_DATA].Value) return complete;
  const bytes = await bytesOf(dataset, LUT_DATA);
  const [nEntries = 0] = numbersOf(dataset, "LUTDescriptor");
  return bytes ? { ...complete, [LUT_DATA]: { vr: "OW", Value: paletteEntries(bytes, nEntries) } } : complete;
}
