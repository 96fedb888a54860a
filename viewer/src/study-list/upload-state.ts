/** What has become of each dropped file. */

export interface FileState {
  name: string;
  state: "waiting" | "sending" | "stored" | "refused";
  fraction: number;
  reason: string;
}

export interface Tally {
  nDone: number;
  nStored: number;
  nRefused: number;
  fraction: number;
}

export function tally(files: readonly FileState[]): Tally {
  const nStored = files.filter((file) => file.state === "stored").length;
  const nRefused = files.filter((file) => file.state === "refused").length;
  const sent = files.reduce((sum, file) => sum + (file.state === "sending" ? file.fraction : 0), nStored + nRefused);
  return { nDone: nStored + nRefused, nStored, nRefused, fraction: files.length ? sent / files.length : 0 };
}

export function changed(files: readonly FileState[], index: number, change: Partial<FileState>): FileState[] {
  return files.map((file, i) => (i === index ? { ...file, ...change } : file));
}
