/** Which modalities have pictures of their own. */
const WITHOUT = new Set(["SR", "PR", "KO", "RTSTRUCT", "RTPLAN", "REG", "ECG", "DOC", "AU", "HD"]);

export function isPicture(modality: string): boolean {
  return !WITHOUT.has(modality);
}
