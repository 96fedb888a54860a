/** How a picture of a plane is turned and mirrored, by the keys that do it in the other pictures. */
import { flipped, quarterTurned, type ViewState } from "./view-state";

export const TURNS = [
  { name: "rotate", key: "r", by: quarterTurned },
  { name: "flip-horizontal", key: "h", by: (state: ViewState) => flipped(state, "horizontal") },
  { name: "flip-vertical", key: "v", by: (state: ViewState) => flipped(state, "vertical") },
] as const;
