/** What the parts of the reading page share. */
import { createContext, useContext } from "react";
import type { Links } from "../linking/Links";
import type { OverlayChoice } from "../overlays/choice";
import type { StrainDesk } from "../strain/StrainDesk";
import type { SeriesShelf } from "./SeriesShelf";
import type { Stage } from "./Stage";

/** An image that a link asks for. */
export interface WantedImage {
  seriesUid: string;
  instanceUid: string;
  /** From 1. */
  frame: number;
}

export interface Reading {
  stage: Stage;
  shelf: SeriesShelf;
  links: Links;
  strain: StrainDesk;
  overlays: OverlayChoice;
  /** Whoever shows its series turns to it. */
  wanted: WantedImage | undefined;
}

export const ReadingContext = createContext<Reading | undefined>(undefined);

export function useReading(): Reading {
  const reading = useContext(ReadingContext);
  if (!reading) throw new Error("This part belongs on the reading page.");
  return reading;
}
