/** The rate at which frames are meant to follow each other, and the rate at which they do. */
import { type Dataset, number } from "../dicomweb/json-model";

const USUAL_PER_S = 15;

/** Source: DICOM PS3.3 sec. C.7.6.5 (Cine) and C.12.1 (Recommended Display Frame Rate in the multi-frame module). */
export function intendedRate_per_s(dataset: Dataset): number {
  const frameTime_ms = number(dataset, "FrameTime");
  const candidates = [
    number(dataset, "RecommendedDisplayFrameRate"),
    number(dataset, "CineRate"),
    frameTime_ms ? 1000 / frameTime_ms : undefined,
  ];
  const rate = candidates.find((candidate) => candidate !== undefined && candidate > 0) ?? USUAL_PER_S;
  return Math.min(60, Math.max(1, rate));
}

/** Counts frames over the last second or so. */
export class RateMeter {
  private times_ms: number[] = [];
  private readonly span_ms: number;

  constructor(span_ms = 1500) {
    this.span_ms = span_ms;
  }

  count(now_ms: number): void {
    this.times_ms.push(now_ms);
    this.times_ms = this.times_ms.filter((time_ms) => now_ms - time_ms <= this.span_ms);
  }

  /** Return frames per second, or undefined before there are two. */
  rate_per_s(): number | undefined {
    const [first, last] = [this.times_ms[0], this.times_ms.at(-1)];
    if (first === undefined || last === undefined || last <= first) return undefined;
    return ((this.times_ms.length - 1) * 1000) / (last - first);
  }

  forget(): void {
    this.times_ms = [];
  }
}
