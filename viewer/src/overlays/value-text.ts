/** What stands for the pixel under the pointer: its place, its value, its unit. */

import { text } from "../dicomweb/json-model";
import { sayIn } from "../language/words";
import { placeText, regionsOf } from "../ultrasound/regions";
import type { Frame } from "../viewport/frames";
import type { PixelUnderPointer } from "../viewport/View";
import { formatValue, mappingOf, valueMeaning } from "./pixel-value";
import { suvFactor } from "./suv";
import { WORDS } from "./words";

export function valueText(frame: Frame, pixel: PixelUnderPointer): string {
  const numbers = pixel.image === undefined ? [pixel.column, pixel.row] : [pixel.column, pixel.row, pixel.image + 1];
  const parts = [`(${numbers.join(", ")})`, valueAndUnit(frame, pixel)];
  if (text(frame.dataset, "Modality") === "US") {
    parts.push(placeText(regionsOf(frame.dataset), pixel.column, pixel.row));
  }
  if (pixel.over) parts.push(`+ ${valueAndUnit(pixel.over.frame, pixel.over.pixel)}`);
  return parts.filter(Boolean).join("  ");
}

function valueAndUnit({ dataset, groups }: Frame, { values, isSuv }: PixelUnderPointer): string {
  if (values.length > 1) return `RGB ${values.join(" ")}`;
  const [value = Number.NaN] = values;
  if (text(dataset, "Modality") === "PT") {
    const suv = suvFactor(dataset);
    if (isSuv && "factor" in suv) return uptakeText(value, suv.factor, text(dataset, "Units"));
    if ("obstacle" in suv && !mappingOf(dataset, groups) && text(dataset, "Units") === "BQML") {
      const say = sayIn(WORDS);
      return `${formatValue(value)} Bq/mL  (${say("no-suv", { reason: say(suv.obstacle) })})`;
    }
  }
  const { unit, shownValue } = valueMeaning(dataset, groups);
  return `${formatValue(shownValue(value))} ${unit}`.trim();
}

function uptakeText(suv: number, factor: number, units: string): string {
  const uptake = `${formatValue(suv)} g/mL (SUV)`;
  return units === "BQML" ? `${uptake}  ${formatValue(suv / factor)} Bq/mL` : uptake;
}
