/** Quantities as people read them: "23.4 mm", "mean 41.2 HU". */
import { formatValue } from "../overlays/pixel-value";
import * as codes from "../structured-report/codes";
import { isSame } from "../structured-report/codes";
import type { Quantity } from "./measurement";

const SYMBOLS: Readonly<Record<string, string>> = {
  mm2: "mm²",
  cm2: "cm²",
  mm3: "mm³",
  ml: "mL",
  deg: "°",
  "{pixels}": "px",
  "{pixels}2": "px²",
  "[hnsf'U]": "HU",
  "g/ml{SUVbw}": "SUV",
  "Bq/ml": "Bq/mL",
  "1": "",
  "mm2/s": "mm²/s",
  "mm[Hg]": "mmHg",
  "cm/s2": "cm/s²",
};

export function unitSymbol({ unit }: Quantity): string {
  return unit.scheme === "UCUM" ? (SYMBOLS[unit.value] ?? unit.value) : unit.meaning;
}

/** Return value and unit; a tenth of a millimetre or a degree is as fine as people draw. */
export function quantityText(quantity: Quantity): string {
  const { unit, value } = quantity;
  const symbol = unitSymbol(quantity);
  const isGeometric = ["mm", "deg", "{pixels}"].includes(unit.value) || isStrain(quantity);
  const number = isGeometric ? value.toFixed(1) : unit.value === "ms" ? value.toFixed(0) : formatValue(value);
  return symbol === "°" ? `${number}°` : `${number} ${symbol}`.trim();
}

const STRAINS = [
  codes.PEAK_LONGITUDINAL_STRAIN,
  codes.GLOBAL_STRAIN_4_CHAMBER,
  codes.GLOBAL_STRAIN_2_CHAMBER,
  codes.GLOBAL_STRAIN_3_CHAMBER,
];

/** A tenth of a percent is finer than walls are followed. */
function isStrain({ concept }: Quantity): boolean {
  return STRAINS.some((code) => isSame(code, concept));
}

const SHORT_NAMES: readonly (readonly [codes.Code, string])[] = [
  [codes.LENGTH, ""],
  [codes.ANGLE, ""],
  [codes.COBB_ANGLE, ""],
  [codes.AREA, ""],
  [codes.VOLUME, ""],
  [codes.LONG_AXIS, ""],
  [codes.SHORT_AXIS, "×"],
  [codes.MEAN, "x̄"],
  [codes.STANDARD_DEVIATION, "SD"],
  [codes.MINIMUM, "min"],
  [codes.MAXIMUM, "max"],
  [codes.PEAK, "peak"],
  [codes.PERIMETER, "perimeter"],
  [codes.INTERVAL, "Δt"],
  [codes.SLOPE, "slope"],
  [codes.PEAK_VELOCITY, "V"],
  [codes.MEAN_VELOCITY, "V mean"],
  [codes.PEAK_GRADIENT, "PG"],
  [codes.MEAN_GRADIENT, "MG"],
  [codes.VELOCITY_TIME_INTEGRAL, "VTI"],
  [codes.ACCELERATION_SLOPE, "acc"],
  [codes.DECELERATION_SLOPE, "dec"],
  [codes.DECELERATION_TIME, "DT"],
  [codes.PRESSURE_HALF_TIME, "PHT"],
  [codes.PEAK_LONGITUDINAL_STRAIN, "strain"],
  [codes.GLOBAL_STRAIN_4_CHAMBER, "GLS"],
  [codes.GLOBAL_STRAIN_2_CHAMBER, "GLS"],
  [codes.GLOBAL_STRAIN_3_CHAMBER, "GLS"],
];

/** Return a short name of the statistic, "" for the one number that a kind is about. */
export function quantityName({ concept, derivation }: Quantity): string {
  const of = derivation ?? concept;
  const known = SHORT_NAMES.find(([code]) => isSame(code, of));
  return known ? known[1] : of.meaning;
}
