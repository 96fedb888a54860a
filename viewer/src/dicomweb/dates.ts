/** DICOM dates and times for people. Source: DICOM PS3.5 sec. 6.2 (DA, TM, DT). */

/** Return 2026-11-20 for 20261120, "" for a date of zeros; text that is no date comes back as it is. */
export function formatDate(da: string): string {
  if (/^0+$/.test(da)) return "";
  const match = /^(\d{4})[.-]?(\d{2})[.-]?(\d{2})/.exec(da);
  return match ? `${match[1]}-${match[2]}-${match[3]}` : da;
}

/** Return 14:05 for 140533.12. */
export function formatTime(tm: string): string {
  const match = /^(\d{2}):?(\d{2})/.exec(tm);
  return match ? `${match[1]}:${match[2]}` : "";
}

/** Return 2026-11-20 14:05 for a DT value. */
export function formatDateTime(dt: string): string {
  return [formatDate(dt.slice(0, 8)), formatTime(dt.slice(8))].filter(Boolean).join(" ");
}

/** Return the whole years between birth and `on`, or undefined when either is no date. */
export function ageInYears(birthDa: string, onDa: string): number | undefined {
  const [birth, on] = [birthDa, onDa].map((da) => (/^[12]\d{7}$/.test(da) ? Number(da) : Number.NaN));
  if (birth === undefined || on === undefined || !(on >= birth)) return undefined;
  return Math.floor((on - birth) / 10000);
}

/** Return the DA range for a query from two ISO dates, either of which may be "". Source: PS3.4 sec. C.2.2.2.5. */
export function dateRange(fromIso: string, toIso: string): string {
  const [from, to] = [fromIso, toIso].map((iso) => iso.replace(/-/g, ""));
  if (!from && !to) return "";
  return from === to ? (from ?? "") : `${from}-${to}`;
}
