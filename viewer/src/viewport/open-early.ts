/** What an address needs is asked for at once, side by side: the viewer's code, the series, the frames of the first. */
import { routeOf } from "../navigation/route";
import { askAhead } from "./to-open";

/** Fetch the viewer itself: rendering, tools, decoders. */
export const loadViewer = () => import("./ViewerPage");

/** Begin to open what an address names. */
export function openEarly(path: string): void {
  const route = routeOf(path);
  if (route.page !== "view") return;
  loadViewer().catch(() => {}); // asked for again by the page, which tells
  void askAhead(route.studyUid, route.seriesUid);
}
