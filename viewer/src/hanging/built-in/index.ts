/** The protocols that come with the program. */
import type { KnownProtocol, Protocol } from "../protocol";
import { CT_PROTOCOLS } from "./ct";
import { MAMMOGRAPHY_PROTOCOLS } from "./mammography";
import { MR_PROTOCOLS } from "./mr";
import { PET_CT_PROTOCOLS } from "./pet-ct";
import { PLAIN_PROTOCOLS } from "./plain";

const ALL: Record<string, Protocol> = {
  ...MAMMOGRAPHY_PROTOCOLS,
  ...PET_CT_PROTOCOLS,
  ...CT_PROTOCOLS,
  ...MR_PROTOCOLS,
  ...PLAIN_PROTOCOLS,
};

export const BUILT_IN: readonly KnownProtocol[] = Object.entries(ALL).map(([id, protocol]) => ({
  id: `built-in/${id}`,
  origin: "built-in",
  protocol,
}));
