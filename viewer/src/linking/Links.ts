/** Lets other cells follow the active one: by place, by window, by size. */
import type { Links as LinkChoice } from "../layout/layout";
import type { View } from "../viewport/View";
import type { ViewportController } from "../viewport/ViewportController";
import { areParallel, offsetImage, type Position } from "./nearest";

export interface Member {
  controller: ViewportController;
  frameOfReferenceUid: string;
  modality: string;
  step_mm: number | undefined;
  /** Undefined until the first picture is drawn. */
  view: View | undefined;
}

export class Links {
  private readonly members = new Map<number, Member>();
  private readonly listeners = new Set<() => void>();
  private starts = new Map<number, Position>();
  private choice: LinkChoice = { scroll: false, window: false, zoom: false };
  private active = 0;
  private isFollowing = false;

  /** Take part as a cell; returns how to leave. */
  join(cell: number, member: Member): () => void {
    this.members.set(cell, member);
    return () => {
      if (this.members.get(cell) === member) this.members.delete(cell);
      this.announce();
    };
  }

  /** Say which cell leads and what follows it. From here on stacks without a common space keep their distance. */
  lead(active: number, choice: LinkChoice): void {
    this.active = active;
    this.choice = choice;
    this.restart();
    this.announce();
  }

  /** Tell that a cell's picture has changed. */
  tell(cell: number, view: View): void {
    const member = this.members.get(cell);
    if (!member) return;
    const before = member.view;
    member.view = view;
    if (cell !== this.active) {
      if (!before) this.restart();
      return;
    }
    this.announce();
    if (!before || this.isFollowing) {
      if (!before) this.restart();
      return;
    }
    this.isFollowing = true;
    try {
      for (const [other, target] of this.members) if (other !== cell) this.follow(other, target, member, before, view);
    } finally {
      this.isFollowing = false;
    }
  }

  /** The cell that leads, for reference lines. */
  readonly leader = (): Member | undefined => this.members.get(this.active);

  /** Where the leading picture lies; the same object as long as it does not move. */
  readonly leadingView = (): View | undefined => this.leader()?.view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private follow(cell: number, target: Member, source: Member, before: View, now: View): void {
    if (!target.view) return;
    if (this.choice.scroll && hasMoved(before, now)) void this.scroll(cell, target, source, now);
    if (this.choice.window && target.modality === source.modality && now.range && hasNewWindow(before, now)) {
      target.controller.setRange(now.range);
    }
    if (this.choice.zoom && hasNewSize(before, now)) target.controller.setFraming(source.controller.framing);
  }

  private scroll(cell: number, target: Member, source: Member, now: View): Promise<void> {
    const isSameSpace = source.frameOfReferenceUid !== "" && source.frameOfReferenceUid === target.frameOfReferenceUid;
    if (isSameSpace && now.plane && target.view?.plane) {
      if (!areParallel(now.plane.normal, target.view.plane.normal)) return Promise.resolve();
      return target.controller.goToPoint(now.plane.origin_mm);
    }
    const [start, sourceStart] = [this.starts.get(cell), this.starts.get(this.active)];
    if (!start || !sourceStart) return Promise.resolve();
    return target.controller.goTo(offsetImage(start, sourceStart, now.index));
  }

  private restart(): void {
    this.starts = new Map(
      [...this.members].map(([cell, { controller, step_mm, view }]) => [
        cell,
        { index: view?.index ?? 0, nImages: controller.nImages, step_mm },
      ]),
    );
  }

  private announce(): void {
    for (const listener of this.listeners) listener();
  }
}

function hasMoved(before: View, now: View): boolean {
  const [from, to] = [before.plane?.origin_mm, now.plane?.origin_mm];
  return before.index !== now.index || (from !== undefined && to !== undefined && from.some((x, k) => x !== to[k]));
}

function hasNewWindow(before: View, now: View): boolean {
  return before.range?.lower !== now.range?.lower || before.range?.upper !== now.range?.upper;
}

function hasNewSize(before: View, now: View): boolean {
  return before.zoom !== now.zoom || before.pan_px[0] !== now.pan_px[0] || before.pan_px[1] !== now.pan_px[1];
}
