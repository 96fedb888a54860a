/** Which keys belong to what has the focus. */

/** Keys that press a button. */
const PRESS = /^( |Enter)$/;
/** Keys that a slider uses itself. */
const SLIDER_KEYS = /^(Arrow|Page|Home|End)/;

/** Whether a key belongs to the element that has the focus and not to the viewer. */
export function isForElement(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog, select")) return true;
  if (target instanceof HTMLInputElement) {
    if (target.type === "checkbox") return key === " ";
    return target.type !== "range" || SLIDER_KEYS.test(key);
  }
  if (target.closest("summary, textarea, [contenteditable]")) return target.tagName !== "SUMMARY" || PRESS.test(key);
  return target.closest("button, a") !== null && PRESS.test(key);
}
