/** Scrolling by wheel and keys, counted while a first picture stands for its viewport, which then goes there. */
import { isForElement } from "../tools/for-element";
import { commandFor } from "../tools/keyboard";

const STEPS: Readonly<Record<string, number>> = {
  next: 1,
  previous: -1,
  "next-10": 10,
  "previous-10": -10,
  first: Number.NEGATIVE_INFINITY,
  last: Number.POSITIVE_INFINITY,
};

/** Count images; `isAt` says whether a place on the page is the picture's, `isActive` whether keys are for it. */
export function keepSteps(isAt: (x: number, y: number) => boolean, isActive: () => boolean) {
  let steps = 0;
  const turn = (event: WheelEvent) => {
    if (event.ctrlKey || event.deltaY === 0 || !isAt(event.clientX, event.clientY)) return;
    take(event, Math.sign(event.deltaY));
  };
  const press = (event: KeyboardEvent) => {
    const by = STEPS[commandFor(event.key, event.shiftKey) ?? ""];
    const isForOthers = event.ctrlKey || event.metaKey || event.altKey || isForElement(event.target, event.key);
    if (by !== undefined && !isForOthers && isActive()) take(event, by);
  };
  const take = (event: Event, by: number) => {
    steps = Number.isFinite(by) ? steps + by : by;
    // The viewport behind may listen already, and would count once more.
    event.stopImmediatePropagation();
    event.preventDefault();
  };
  addEventListener("wheel", turn, { capture: true, passive: false });
  addEventListener("keydown", press, { capture: true });
  return {
    /** Stop listening; returns by how many images it was scrolled. */
    end: (): number => {
      removeEventListener("wheel", turn, { capture: true });
      removeEventListener("keydown", press, { capture: true });
      return steps;
    },
  };
}
