/** Three numbers in the patient's frame: x to the left, y to the back, z to the head, in mm. */
export type Vector = readonly [number, number, number];

export function vectorOf(numbers: readonly number[], start = 0): Vector | undefined {
  const [x, y, z] = numbers.slice(start, start + 3);
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function norm(a: Vector): number {
  return Math.sqrt(dot(a, a));
}

export function plus(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function times(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** Return a vector turned around a unit vector, counter-clockwise as seen from its tip (Rodrigues' formula). */
export function rotated(a: Vector, around: Vector, degrees: number): Vector {
  const [cosine, sine] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const along = times(around, dot(around, a) * (1 - cosine));
  return plus(plus(times(a, cosine), times(cross(around, a), sine)), along);
}
