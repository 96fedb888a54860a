/** Moments as DICOM writes them, in local time with the offset from UTC. Source: DICOM PS3.5 sec. 6.2 (DA, TM, DT). */

export function dateOf(moment: Date): string {
  return `${moment.getFullYear()}${two(moment.getMonth() + 1)}${two(moment.getDate())}`;
}

export function timeOf(moment: Date): string {
  const fraction = String(moment.getMilliseconds()).padStart(3, "0");
  return `${two(moment.getHours())}${two(moment.getMinutes())}${two(moment.getSeconds())}.${fraction}`;
}

/** Return the offset of local time from UTC, such as +0100. */
export function offsetOf(moment: Date): string {
  const minutes = -moment.getTimezoneOffset();
  const whole = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(whole / 60))}${two(whole % 60)}`;
}

export function dateTimeOf(moment: Date): string {
  return `${dateOf(moment)}${timeOf(moment)}${offsetOf(moment)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
