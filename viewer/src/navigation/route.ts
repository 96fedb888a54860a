/** Which page an address names. Addresses hold UIDs and nothing else about a patient. */

export type Route =
  | { page: "studies"; studyUid: string | undefined }
  | { page: "view"; studyUid: string; seriesUid: string | undefined }
  | { page: "reconstruct" }
  | { page: "shared" }
  | { page: "display-check" }
  | { page: "unknown" };

export function routeOf(path: string): Route {
  const [place = "", first, second, ...rest] = path.split("/").filter(Boolean).map(decodeURIComponent);
  if (rest.length > 0) return { page: "unknown" };
  if (place === "" || place === "sign-in") return { page: "studies", studyUid: undefined };
  if (place === "studies" && second === undefined) return { page: "studies", studyUid: first };
  if (place === "view" && first) return { page: "view", studyUid: first, seriesUid: second };
  if (first === undefined && (place === "reconstruct" || place === "shared" || place === "display-check")) {
    return { page: place };
  }
  return { page: "unknown" };
}

export function viewPath(studyUid: string, seriesUid?: string): string {
  return ["/view", studyUid, seriesUid].filter((part) => part !== undefined).join("/");
}
