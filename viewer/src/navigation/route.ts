/** Which page an address names. Addresses hold UIDs and nothing else about a patient. */

export type Route =
  | { page: "studies"; studyUid: string | undefined }
  | { page: "view"; studyUid: string; seriesUid: string | undefined }
  | { page: "document"; studyUid: string; seriesUid: string; instanceUid: string }
  | { page: "server-view"; studyUid: string; seriesUid: string }
  | { page: "reconstruct" }
  | { page: "shared" }
  | { page: "display-check" }
  | { page: "unknown" };

export function routeOf(path: string): Route {
  const [place = "", first, second, third, ...rest] = path.split("/").filter(Boolean).map(decodeURIComponent);
  if (place === "document" && first && second && third && rest.length === 0)
    return { page: "document", studyUid: first, seriesUid: second, instanceUid: third };
  if (third !== undefined) return { page: "unknown" };
  if (place === "server-view" && first && second) return { page: "server-view", studyUid: first, seriesUid: second };
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

/** Return the image that an address means within its series (`?instance=...&frame=...`), if it means one. */
export function imageOf(search: string): { instanceUid: string; frame: number } | undefined {
  const asked = new URLSearchParams(search);
  const instanceUid = asked.get("instance");
  const frame = Number(asked.get("frame") ?? 1);
  if (!instanceUid || !/^[\d.]{1,64}$/.test(instanceUid)) return undefined;
  return { instanceUid, frame: Number.isInteger(frame) && frame > 0 ? frame : 1 };
}

export function documentPath(studyUid: string, seriesUid: string, instanceUid: string): string {
  return `/document/${studyUid}/${seriesUid}/${instanceUid}`;
}

export function serverViewPath(studyUid: string, seriesUid: string): string {
  return `/server-view/${studyUid}/${seriesUid}`;
}
