/** Strain of the loop that is read: the line that is drawn, what is asked of the server, what it found. */
import { type Problem, problemOf } from "../http/problem";
import type { ViewName } from "./segments";
import { type Asked, type Loop, type PixelPoint, type Strain, strainAlong } from "./strain-api";

/** The fewest points that make a line over the apex. */
export const FEWEST_POINTS = 5;

export interface StrainState {
  isOpen: boolean;
  loop: Loop | undefined;
  points: readonly PixelPoint[];
  /** The frame in which the points were set, from 1. */
  frame: number;
  view: ViewName;
  first: number;
  last: number;
  isWholeBeat: boolean;
  /** Between 0 and 1 while the server follows the wall. */
  share: number | undefined;
  problem: Problem | undefined;
  found: Strain | undefined;
  isKept: boolean;
}

const NOTHING = { share: undefined, problem: undefined, found: undefined, isKept: false } as const;
type Ask = typeof strainAlong;

export class StrainDesk {
  private state: StrainState = {
    isOpen: false,
    loop: undefined,
    points: [],
    frame: 1,
    view: "4 chamber",
    first: 1,
    last: 1,
    isWholeBeat: true,
    ...NOTHING,
  };
  private readonly listeners = new Set<() => void>();
  private waiting: AbortController | undefined;

  constructor(private readonly ask: Ask = strainAlong) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly now = (): StrainState => this.state;

  setOpen(isOpen: boolean): void {
    if (isOpen !== this.state.isOpen) this.become({ isOpen });
  }

  /** Read another loop: what was drawn belongs to the one before. */
  lookAt(loop: Loop | undefined): void {
    if (loop?.instanceUid === this.state.loop?.instanceUid) return;
    this.stop();
    this.become({ loop, points: [], first: 1, last: loop?.nFrames ?? 1, ...NOTHING });
  }

  /** Whether places in the picture are points of the line. */
  get isDrawing(): boolean {
    const { isOpen, loop, share, found } = this.state;
    return isOpen && loop !== undefined && share === undefined && found === undefined;
  }

  /** Set the next point of the line, in a frame from 1; false if the line was begun in another one. */
  addPoint(point: PixelPoint, frame: number): boolean {
    const { points } = this.state;
    if (points.length > 0 && frame !== this.state.frame) return false;
    this.become({ points: [...points, point], frame, problem: undefined });
    return true;
  }

  removeLast(): void {
    this.become({ points: this.state.points.slice(0, -1), problem: undefined });
  }

  drawAgain(): void {
    this.stop();
    this.become({ points: [], ...NOTHING });
  }

  /** Take a line that was drawn before. */
  take(points: readonly PixelPoint[], frame: number): void {
    this.stop();
    this.become({ points, frame, ...NOTHING });
  }

  /** The other wall comes first: what was found stays, under other names. */
  turnAround(): void {
    const { points, found } = this.state;
    const turned = found && {
      ...found,
      segments: found.segments.toReversed(),
      tracks_px: found.tracks_px.map((points) => points.toReversed()),
    };
    this.become({ points: points.toReversed(), found: turned, isKept: false });
  }

  /** Call the walls by another view: what was found stays. */
  chooseView(view: ViewName): void {
    this.become({ view, isKept: false });
  }

  chooseBeat(beat: Partial<Pick<StrainState, "first" | "last" | "isWholeBeat">>): void {
    this.stop();
    this.become({ ...beat, ...NOTHING });
  }

  keep(): void {
    this.become({ isKept: true });
  }

  async follow(): Promise<void> {
    const { loop, points, frame, view, first, last, isWholeBeat } = this.state;
    if (!loop) return;
    this.stop();
    const mine = new AbortController();
    this.waiting = mine;
    this.become({ ...NOTHING, share: 0 });
    const asked: Asked = { points, frame, view, first, last, isWholeBeat };
    try {
      const found = await this.ask(
        loop,
        asked,
        (share) => this.waiting === mine && this.become({ share }),
        mine.signal,
      );
      if (this.waiting === mine) this.become({ ...NOTHING, found });
    } catch (thrown) {
      if (this.waiting === mine) this.become({ ...NOTHING, problem: problemOf(thrown) });
    }
  }

  /** Let the server stop where nobody waits any more. */
  stop(): void {
    this.waiting?.abort();
    this.waiting = undefined;
    if (this.state.share !== undefined) this.become({ share: undefined });
  }

  private become(change: Partial<StrainState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
