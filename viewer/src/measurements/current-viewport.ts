/** The viewport that keys and buttons of the side panels mean: the one the pointer was last over, else the first. */
import { getRenderingEngines, StackViewport } from "@cornerstonejs/core";

let lastElement: Element | undefined;
addEventListener("pointermove", ({ target }) => {
  const over = target instanceof Element ? stacks().find(({ element }) => element.contains(target)) : undefined;
  if (over) lastElement = over.element;
});

export function currentViewport(): StackViewport | undefined {
  const all = stacks();
  return all.find(({ element }) => element === lastElement) ?? all[0];
}

function stacks(): StackViewport[] {
  const all = (getRenderingEngines() ?? []).flatMap((engine): unknown[] => engine.getViewports());
  return all.filter((one): one is StackViewport => one instanceof StackViewport);
}
