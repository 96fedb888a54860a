/** Whether this browser can draw with WebGL 2, which the viewports need; without it the server draws. */

let known: boolean | undefined;

export function hasWebGl(): boolean {
  known ??= canDraw(() => document.createElement("canvas"));
  return known;
}

/** The same for a canvas of one's own; a context that is lost at once counts as none. */
export function canDraw(makeCanvas: () => Pick<HTMLCanvasElement, "getContext">): boolean {
  try {
    const context = makeCanvas().getContext("webgl2") as WebGL2RenderingContext | null;
    if (!context || context.isContextLost()) return false;
    context.getExtension("WEBGL_lose_context")?.loseContext();
    return true;
  } catch {
    return false;
  }
}
