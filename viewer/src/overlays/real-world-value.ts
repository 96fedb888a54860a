/**
 * Real world value mappings: from stored samples to values with a unit, by lines and tables over ranges of samples.
 *
 * Source: DICOM PS3.3 sec. C.7.6.16.2.11 (Real World Value Mapping).
 */
import { type Dataset, items, number, numbers, text } from "../dicomweb/json-model";

export interface RealWorldValues {
  /** As the code says it; its meaning where there is no code. */
  unit: string;
  /** Return the value of a stored sample; what nothing maps has none (NaN). */
  valueOf: (stored: number) => number;
  /** Where all that is mapped lies on one line. */
  line: { slope: number; intercept: number } | undefined;
}

interface Piece {
  first: number;
  last: number;
  line: { slope: number; intercept: number } | undefined;
  table: readonly number[];
}

/** Return the mapping that items of a sequence state, with all pieces that lead into the unit of the first. */
export function realWorldValues(stated: readonly Dataset[], isSigned: boolean): RealWorldValues | undefined {
  const known = stated.flatMap((item) => {
    const piece = pieceOf(item, isSigned);
    return piece ? [{ piece, unit: unitOf(item) }] : [];
  });
  const unit = known[0]?.unit;
  if (unit === undefined) return undefined;
  const pieces = known.filter((one) => one.unit === unit).map(({ piece }) => piece);
  return {
    unit,
    valueOf: (stored) => {
      const piece = pieces.find(({ first, last }) => stored >= first && stored <= last);
      if (!piece) return Number.NaN;
      const { line, table, first } = piece;
      return line ? stored * line.slope + line.intercept : (table[Math.round(stored - first)] ?? Number.NaN);
    },
    line: pieces.length === 1 ? pieces[0]?.line : undefined,
  };
}

function unitOf(item: Dataset): string {
  const [code] = items(item, "MeasurementUnitsCodeSequence");
  return text(code, "CodeValue") || text(code, "CodeMeaning");
}

function pieceOf(item: Dataset, isSigned: boolean): Piece | undefined {
  const slope = number(item, "RealWorldValueSlope");
  const table = numbers(item, "RealWorldValueLutData");
  const { first, last } = rangeOf(item, isSigned);
  if (slope)
    return { first, last, line: { slope, intercept: number(item, "RealWorldValueIntercept") ?? 0 }, table: [] };
  return table.length === last - first + 1 ? { first, last, line: undefined, table } : undefined;
}

/** Return the first and the last sample that is mapped; a mapping that does not say is for all of them. */
function rangeOf(item: Dataset, isSigned: boolean): { first: number; last: number } {
  const exact = [number(item, "DoubleFirstValueMapped"), number(item, "DoubleLastValueMapped")] as const;
  const whole = [number(item, "FirstValueMapped"), number(item, "LastValueMapped")] as const;
  // "US or SS": written without a representation of its own it is read as unsigned.
  const asStored = (value: number) => (isSigned && value >= 32768 ? value - 65536 : value);
  if (exact[0] !== undefined && exact[1] !== undefined) return { first: exact[0], last: exact[1] };
  if (whole[0] === undefined || whole[1] === undefined) return { first: -Infinity, last: Infinity };
  return { first: asStored(whole[0]), last: asStored(whole[1]) };
}
