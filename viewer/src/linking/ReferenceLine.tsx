/** The line along which the leading picture crosses this one. */
import { useSyncExternalStore } from "react";
import type { View } from "../viewport/View";
import type { ViewportController } from "../viewport/ViewportController";
import { crossing } from "./crossing";
import type { Links } from "./Links";

interface ReferenceLineProps {
  links: Links;
  controller: ViewportController;
  view: View;
  frameOfReferenceUid: string;
}

export function ReferenceLine({ links, controller, view, frameOfReferenceUid }: ReferenceLineProps) {
  const leading = useSyncExternalStore(links.subscribe, links.leadingView);
  const leader = links.leader();
  const isSameSpace = frameOfReferenceUid !== "" && leader?.frameOfReferenceUid === frameOfReferenceUid;
  if (!leading?.plane || !view.plane || !isSameSpace || leader.controller === controller) return null;
  const ends = crossing(leading.plane.corners_mm, view.plane.origin_mm, view.plane.normal);
  if (!ends) return null;
  const [[x1, y1], [x2, y2]] = [controller.project(ends[0]), controller.project(ends[1])];
  return (
    <svg className="reference-line" aria-hidden="true">
      <line x1={x1} y1={y1} x2={x2} y2={y2} />
    </svg>
  );
}
