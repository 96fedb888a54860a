/** Measurements as a table for spreadsheets, one line per number. Source: RFC 4180. */
import type { Measurement } from "./measurement";

const COLUMNS = [
  "series UID",
  "SOP instance UID",
  "frame",
  "segment",
  "kind",
  "name",
  "label",
  "finding",
  "site",
  "quantity",
  "derivation",
  "value",
  "unit (UCUM)",
  "points (column row)",
  "points in the patient (x y z, mm)",
  "frame of reference UID",
  "tracking UID",
  "observer",
  "observed at",
] as const;

export function csvOf(measurements: readonly Measurement[]): string {
  const lines = measurements.flatMap((one) => {
    const quantities = one.quantities.length > 0 ? one.quantities : [undefined];
    return quantities.map((quantity) => {
      const image = one.place.on === "image" ? one.place.image : undefined;
      const segment = one.place.on === "segment" ? one.place.segment : undefined;
      return [
        image?.seriesUid ?? segment?.seriesUid,
        image?.sopInstanceUid ?? segment?.sopInstanceUid,
        image?.frame,
        segment?.number,
        one.kind,
        one.trackingId,
        one.label,
        one.finding?.meaning,
        one.site?.meaning,
        quantity?.concept.meaning,
        quantity?.derivation?.meaning,
        quantity?.value,
        quantity?.unit.value,
        one.place.on === "image" ? pointsText(one.place.points_px) : "",
        one.place.on === "image" || one.place.on === "space" ? pointsText(one.place.points_mm ?? []) : "",
        one.place.on === "nothing" ? "" : one.place.frameOfReferenceUid,
        one.trackingUid,
        one.observer,
        one.observedAt,
      ];
    });
  });
  return [COLUMNS, ...lines]
    .map((line) => line.map(cell).join(","))
    .join("\r\n")
    .concat("\r\n");
}

function pointsText(points: readonly (readonly number[])[]): string {
  return points.map((point) => point.join(" ")).join("; ");
}

function cell(value: string | number | undefined): string {
  if (typeof value === "number") return String(value);
  const text = value ?? "";
  // Spreadsheets run text that begins like a formula.
  const safe = /^[=+@\t\r]|^-\D/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
