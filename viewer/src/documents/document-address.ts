/** Where the server writes an object without pictures as a page. */

export interface DocumentLook {
  language: string;
  theme: string;
  form: "readable" | "attributes";
}

export function documentAddress(study: string, series: string, instance: string, look: DocumentLook): string {
  const [a, b, c] = [study, series, instance].map(encodeURIComponent);
  const query = new URLSearchParams({ language: look.language, theme: look.theme });
  if (look.form === "attributes") query.set("form", "attributes");
  return `/api/documents/studies/${a}/series/${b}/instances/${c}?${query}`;
}
