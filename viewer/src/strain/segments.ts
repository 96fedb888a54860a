/**
 * The segments of the left ventricle that each apical view shows, and the codes of what is measured there.
 *
 * Source: Cerqueira et al., Circulation 105 (2002) 539 (17 segments); DICOM PS3.16 CID 12305 (sites), CID 12300 and 12304
 * (global and peak longitudinal strain).
 */
import type { Code } from "../structured-report/codes";
import * as codes from "../structured-report/codes";

export type ViewName = "4 chamber" | "2 chamber" | "3 chamber";
export type Level = "basal" | "mid" | "apical";
export type Wall =
  | "anterior"
  | "anteroseptal"
  | "inferoseptal"
  | "inferior"
  | "inferolateral"
  | "anterolateral"
  | "septal"
  | "lateral";
export interface Segment {
  level: Level;
  wall: Wall;
}

export const VIEW_NAMES: readonly ViewName[] = ["4 chamber", "2 chamber", "3 chamber"];

/** One wall up from the base, over the apex, and the other wall down; the server has the same table. */
const WALLS: Readonly<Record<ViewName, readonly [Wall, Wall, Wall, Wall]>> = {
  "4 chamber": ["inferoseptal", "septal", "lateral", "anterolateral"],
  "2 chamber": ["inferior", "inferior", "anterior", "anterior"],
  "3 chamber": ["inferolateral", "lateral", "septal", "anteroseptal"],
};

export function segmentsOf(view: ViewName): readonly Segment[] {
  const [up, upAtApex, downAtApex, down] = WALLS[view];
  return [
    { level: "basal", wall: up },
    { level: "mid", wall: up },
    { level: "apical", wall: upAtApex },
    { level: "apical", wall: downAtApex },
    { level: "mid", wall: down },
    { level: "basal", wall: down },
  ];
}

/** One for each segment of a view, the same in the pictures of the server. Source: Okabe and Ito, Color Universal Design. */
export const COLOURS = ["#e69f00", "#56b4e9", "#00b386", "#f0e442", "#ff7f3f", "#d896c0"] as const;
export const LEFT_OUT = "#9a9a9a";

const SITES: Readonly<Record<string, string>> = {
  "basal anterior": "264850008",
  "basal anteroseptal": "396482007",
  "basal inferoseptal": "396646008",
  "basal inferior": "264846001",
  "basal inferolateral": "396652009",
  "basal anterolateral": "396654005",
  "mid anterior": "264848000",
  "mid anteroseptal": "396647004",
  "mid inferoseptal": "396649001",
  "mid inferior": "264847005",
  "mid inferolateral": "396655006",
  "mid anterolateral": "396656007",
  "apical anterior": "264844003",
  "apical septal": "264845002",
  "apical inferior": "264849008",
  "apical lateral": "264853005",
};

export function siteOf({ level, wall }: Segment): Code {
  const name = `${level} ${wall}`;
  return codes.code(SITES[name] ?? "", "SCT", `left ventricle ${name} segment`);
}

export const LEFT_VENTRICLE = codes.code("87878005", "SCT", "Left Ventricle");
export const PEAK_STRAIN = codes.PEAK_LONGITUDINAL_STRAIN;
export const GLOBAL_STRAIN: Readonly<Record<ViewName, Code>> = {
  "4 chamber": codes.GLOBAL_STRAIN_4_CHAMBER,
  "2 chamber": codes.GLOBAL_STRAIN_2_CHAMBER,
  "3 chamber": codes.GLOBAL_STRAIN_3_CHAMBER,
};
