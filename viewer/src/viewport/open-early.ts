/** What an address needs is asked for at once, side by side: the viewer's code, the series, the frames of the first. */
import { firstLight } from "../first-light/first-light";
import { routeOf } from "../navigation/route";
import { watchTransfers } from "../progressive/link-speed";
import { hasWebGl } from "../server-view/webgl";
import { whenIdle } from "./when-idle";

/** Fetch the viewer itself: rendering, tools, decoders. */
export const loadViewer = () => import("./ViewerPage");

/** Begin to open what an address names: its first images, and then the code that does more with them. */
export function openEarly(path: string, search: string): void {
  if (routeOf(path).page !== "view") return;
  watchTransfers();
  fetchCode();
  // Code that is asked for runs as soon as it is there, and would hold up the pictures. What fails is asked for again by the page, which tells.
  void firstLight(path, search).then(() => loadViewer().catch(() => {}));
}

/** Have the viewer's code fetched and compiled, but not run yet. */
function fetchCode(): void {
  const files = document.querySelector<HTMLMetaElement>("meta[name=viewer-code]")?.content.split(" ") ?? [];
  for (const href of files) {
    const link = Object.assign(document.createElement("link"), { rel: "modulepreload", href, crossOrigin: "" });
    document.head.append(link);
  }
}

/** Get ready for a study to be opened, in idle moments, until the signal says that one is. */
export async function prepareViewer(signal: AbortSignal): Promise<void> {
  const idle = () => whenIdle(signal);
  await idle();
  const { prepareStage } = await loadViewer();
  await idle();
  if (hasWebGl()) await prepareStage(idle);
}
