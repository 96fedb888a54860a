/**
 * First light: the images that a study opens with, drawn by few lines of code while the viewport starts.
 *
 * Rendering, tools and decoders are megabytes of code, and WebGL takes its time to start. Meanwhile the same images lie
 * over the places of their cells, in the same window and size. Each goes when its cell has drawn the image itself,
 * or when the cell shows anything else. What fails here is silent: the viewport does all of it anyway, and tells.
 */
import { sayIn } from "../language/words";
import type { Layout } from "../layout/layout";
import { routeOf } from "../navigation/route";
import "./first-light.css";
import type { Place } from "./drawing";
import { expectedPlaces, rememberPlace } from "./grid-place";
import { keepSteps } from "./kept-steps";
import { type Draw, type Fetched, openingPicture } from "./opening-picture";
import { openingLayout } from "./plan";
import { WORDS } from "./words";

/** Longer than this the page does not wait for first light, and later it is of no use. */
const PATIENCE_MS = 1500;
const LONGEST_MS = 60_000;

interface Light {
  /** The address that it belongs to. */
  path: string;
  /** Over when pictures are on the screen, or none will be before the viewport's own. */
  isSettled: Promise<void>;
  end: () => void;
}

let current: Light | undefined;

/** Show the first images of what an address names; asked again for the same address, return what was begun. */
export function firstLight(path: string, search: string): Promise<void> {
  const route = routeOf(path);
  if (route.page !== "view" || search) return Promise.resolve();
  if (current?.path === path) return current.isSettled;
  current?.end();
  const stopped = new AbortController();
  const shown = lit(route.studyUid, route.seriesUid, stopped.signal).catch(() => {});
  const isSettled = Promise.race([shown, new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  current = { path, isSettled, end: () => stopped.abort() };
  return isSettled;
}

/** Take away what is shown: nothing will take its place. */
export function endFirstLight(): void {
  current?.end();
  current = undefined;
}

const overAt = new Map<number, () => number>();

/** Called when the cell of an element has drawn its image, or cannot; returns by how many images it was scrolled. */
export function endFirstLightOf(element: Element): number {
  const cell = element.closest(".viewport-cell");
  const index = cell?.parentElement ? [...cell.parentElement.children].indexOf(cell) : -1;
  return overAt.get(index)?.() ?? 0;
}

/** Resolves when the first pictures are on the screen. */
async function lit(studyUid: string, seriesUid: string | undefined, signal: AbortSignal): Promise<void> {
  const layout = await openingLayout(studyUid, seriesUid);
  if (!layout) return;
  const fetched: Fetched = new Map();
  const shown = layout.cells.map(async (cell, index) => {
    const draw = cell && (await openingPicture(cell, fetched));
    if (draw && !signal.aborted) await shownOver(layout, index, draw, signal);
  });
  const done = await Promise.allSettled(shown);
  const failed = done.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
}

/** Lay a picture over its cell and follow it; resolves when it is on the screen. */
function shownOver(layout: Layout, index: number, draw: Draw, signal: AbortSignal): Promise<void> {
  const holder = document.createElement("div");
  holder.className = "first-light";
  holder.setAttribute("aria-hidden", "true");
  const canvas = document.createElement("canvas");
  const words = document.createElement("p");
  words.textContent = sayIn(WORDS)("tools-follow");
  holder.append(canvas, words);
  const began_ms = performance.now();
  const study = location.pathname.split("/")[2];
  const expected = expectedPlaces(layout)?.[index];
  let isDrawn = false;
  let whenShown = () => {};
  const steps = keepSteps(
    (x, y) => isDrawn && isWithin(holder.getBoundingClientRect(), x, y),
    () => isDrawn && index === layout.active,
  );
  const end = () => {
    holder.remove();
    if (overAt.get(index) === end) overAt.delete(index);
    signal.removeEventListener("abort", end);
    whenShown();
    return steps.end();
  };
  overAt.set(index, end);
  signal.addEventListener("abort", end);
  const follow = () => {
    if (overAt.get(index) !== end) return;
    const cells = [...document.querySelectorAll<HTMLElement>(".viewport-grid > .viewport-cell")];
    const seriesUid = layout.cells[index]?.seriesUid;
    const isFilled = cells.some(({ dataset }) => dataset.series);
    const isOther = isFilled && (cells.length !== layout.cells.length || cells[index]?.dataset.series !== seriesUid);
    const hasLeft = location.pathname.split("/")[2] !== study;
    if (isOther || hasLeft || performance.now() - began_ms > LONGEST_MS) {
      end();
      return;
    }
    const box = isFilled && cells[index] ? cells[index].getBoundingClientRect() : expected;
    if (box && box.width > 0 && box.height > 0) {
      if (isFilled && cells[index]?.parentElement) rememberPlace(cells[index].parentElement.getBoundingClientRect());
      place(holder, canvas, box, draw);
      if (!isDrawn) {
        isDrawn = true;
        document.body.append(holder);
        // The frame after the next one: the picture has been handed to the screen.
        requestAnimationFrame(() => setTimeout(whenShown));
      }
    }
    requestAnimationFrame(follow);
  };
  return new Promise((resolve) => {
    whenShown = resolve;
    follow();
    if (!expected) resolve();
  });
}

function isWithin({ left, top, right, bottom }: DOMRect, x: number, y: number): boolean {
  return x >= left && x < right && y >= top && y < bottom;
}

function place(holder: HTMLElement, canvas: HTMLCanvasElement, { left, top, width, height }: Place, draw: Draw): void {
  Object.assign(holder.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  const [across, down] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
  if (canvas.width === across && canvas.height === down) return;
  canvas.width = across;
  canvas.height = down;
  draw(canvas);
}
