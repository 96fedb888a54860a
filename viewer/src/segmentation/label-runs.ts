/** A frame of labels in short: label and length of each run, by turns. Most of a frame is one run. */
export type Runs = Uint32Array;

export function runsOf(labels: Uint8Array): Runs {
  const runs: number[] = [];
  for (let start = 0; start < labels.length; ) {
    const label = labels[start] as number;
    let end = start + 1;
    while (end < labels.length && labels[end] === label) end += 1;
    runs.push(label, end - start);
    start = end;
  }
  return Uint32Array.from(runs);
}

/** Write the runs back into a frame. */
export function unroll(runs: Runs, labels: Uint8Array): void {
  let at = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const length = runs[i + 1] as number;
    labels.fill(runs[i] as number, at, at + length);
    at += length;
  }
}

export function isSameRuns(a: Runs, b: Runs): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
