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
  let [nStored, nRefused, sent] = [0, 0, 0];
  for (const { state, fraction } of files) {
    if (state === "stored") nStored += 1;
    else if (state === "refused") nRefused += 1;
    else if (state === "sending") sent += fraction;
  }
  const nDone = nStored + nRefused;
  return { nDone, nStored, nRefused, fraction: files.length ? (nDone + sent) / files.length : 0 };
}

/** Return the files worth a line, those that need a person first: refused, being sent, then the latest stored. */
export function listed(files: readonly FileState[], atMost: number): FileState[] {
  const of = (state: FileState["state"]) => files.filter((file) => file.state === state);
  return [...of("refused"), ...of("sending"), ...of("stored").reverse(), ...of("waiting")].slice(0, atMost);
}
