/** Show a person's name as people write it. Source: DICOM PS3.5 sec. 6.2.1 (family^given^middle^prefix^suffix). */

export function formatPersonName(name: string): string {
  const group = name.split("=").find((part) => part.replace(/\^/g, "").trim()) ?? "";
  const [family = "", given = "", middle = "", prefix = "", suffix = ""] = group.split("^").map((part) => part.trim());
  const first = [prefix, given, middle].filter(Boolean).join(" ");
  const last = [family, suffix].filter(Boolean).join(" ");
  return [last, first].filter(Boolean).join(", ");
}
