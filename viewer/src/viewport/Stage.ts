/** What all viewports of a page share: the engine that draws them, the tools, and the pictures kept in memory. */
import { cache, RenderingEngine } from "@cornerstonejs/core";
import { ToolDesk } from "../tools/ToolDesk";

const GIB = 1024 ** 3;
const MOST_GIB = 3;
let nStages = 0;

export class Stage {
  readonly engine: RenderingEngine;
  readonly tools: ToolDesk;
  private readonly observer: ResizeObserver;
  private nViewports = 0;
  isDestroyed = false;

  constructor() {
    nStages += 1;
    this.engine = new RenderingEngine(`engine-${nStages}`);
    openPlainContexts(this.engine);
    this.tools = new ToolDesk();
    // Keep what a large study needs, and leave a small machine room for itself: what does not fit the server draws.
    const { deviceMemory = 4 } = navigator as { deviceMemory?: number };
    cache.setMaxCacheSize(Math.min(MOST_GIB, deviceMemory / 4) * GIB);
    this.observer = new ResizeObserver(() => this.engine.resize(true, true));
  }

  /** Return a name that no viewport of this stage has had. */
  newViewportId(): string {
    this.nViewports += 1;
    return `${this.engine.id}-viewport-${this.nViewports}`;
  }

  watch(element: HTMLElement): void {
    this.observer.observe(element);
  }

  unwatch(element: HTMLElement): void {
    this.observer.unobserve(element);
  }

  destroy(): void {
    this.isDestroyed = true;
    this.observer.disconnect();
    this.tools.destroy();
    this.engine.destroy();
    cache.purgeCache();
  }
}

interface WithContexts {
  _implementation?: {
    contextPool?: { getAllContexts(): { getOpenGLRenderWindow(): { getCanvas(): HTMLCanvasElement } }[] };
  };
}

/**
 * Open the engine's contexts before it does, without smoothing of edges: pictures fill rectangles, and to draw each pixel
 * of those four times takes software that stands in for a graphics card four times as long. Who asks a canvas for its
 * context again is given the same one.
 */
function openPlainContexts(engine: RenderingEngine): void {
  const pool = (engine as unknown as WithContexts)._implementation?.contextPool;
  for (const context of pool?.getAllContexts() ?? []) {
    const canvas = context.getOpenGLRenderWindow().getCanvas();
    canvas.getContext("webgl2", { antialias: false, depth: true, alpha: true, powerPreference: "high-performance" });
  }
}
