/** Names of mammography views by their codes. Source: DICOM PS3.16 CID 4014 (View for Mammography), SNOMED CT and RT. */
const VIEWS: Readonly<Record<string, string>> = {
  "399162004": "CC",
  "R-10242": "CC",
  "399368009": "MLO",
  "R-10226": "MLO",
  "399260004": "ML",
  "R-10224": "ML",
  "399352003": "LM",
  "R-10228": "LM",
  "399099002": "LMO",
  "R-10230": "LMO",
  "399196006": "FB",
  "R-10244": "FB",
  "399188001": "SIO",
  "R-102D0": "SIO",
  "441555000": "ISO",
  "R-40AAA": "ISO",
  "399192008": "XCCL",
  "R-1024A": "XCCL",
  "399101009": "XCCM",
  "R-1024B": "XCCM",
};

export function viewOfCode(code: string): string {
  return VIEWS[code] ?? "";
}
