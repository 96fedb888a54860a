/** The address of a link: its token stands behind `#`, which a browser does not send to any server. */

export function sharedAddress(origin: string, token: string): string {
  return `${origin}/shared#${token}`;
}

/** Return the token in the fragment of an address, "" if there is none that could be one. */
export function tokenOf(fragment: string): string {
  const token = fragment.replace(/^#/, "");
  return /^[A-Za-z0-9_-]{40,64}$/.test(token) ? token : "";
}
