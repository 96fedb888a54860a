/**
 * The test pattern as a list of grey rectangles and letters in whole pixels of the screen.
 *
 * Source: AAPM On-line Report No. 03 (TG18) sec. 3.2 (TG18-QC: patches, corners, 5/95 % squares, line pairs, letters);
 * AAPM Report No. 270 (TG270-sQC); the 18 levels are those of TG18-LN (sec. 4.3.2): 0, 15, ..., 255.
 */

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
  grey: number;
}

export interface Letter {
  text: string;
  x: number;
  y: number;
  height: number;
  grey: number;
}

export interface Pattern {
  areas: Area[];
  letters: Letter[];
  circle: { x: number; y: number; radius: number; grey: number };
}

export const N_LEVELS = 18;
export const LEVELS: readonly number[] = Array.from({ length: N_LEVELS }, (_, i) => i * 15);
/** How far the corners of a patch are from its own grey. */
export const CORNER_STEP = 4;
const BACKGROUND = 128;
const WORDS = "QUALITY CONTROL";

/** Return the pattern for a picture of this size in pixels of the screen. */
export function patternOf(width: number, height: number): Pattern {
  const unit = Math.max(16, Math.floor(Math.min(width / 20, height / 15)));
  const [middleX, middleY] = [Math.round(width / 2), Math.round(height / 2)];
  const areas: Area[] = [{ x: 0, y: 0, width, height, grey: BACKGROUND }, ...grid(width, height, unit)];
  const letters: Letter[] = [];
  areas.push(...patches(middleX - 9 * unit, middleY - 5 * unit, unit));
  areas.push(...squares(middleX - 3 * unit, middleY + Math.round(0.3 * unit), unit));
  areas.push(...ramp(middleX - 9 * unit, middleY - Math.round(0.9 * unit), 18 * unit, unit - 2));
  for (const [row, ground] of [0, BACKGROUND, 255].entries()) {
    const [x, y] = [middleX - 9 * unit + row * 6 * unit, middleY + Math.round(3.4 * unit)];
    areas.push({ x, y, width: 6 * unit, height: unit, grey: ground });
    letters.push(...palerLetters(x, y, unit, ground));
  }
  const places = [
    [middleX - unit, middleY + Math.round(4.8 * unit)],
    [unit, unit],
    [width - 3 * unit, unit],
    [unit, height - 2 * unit],
    [width - 3 * unit, height - 2 * unit],
  ] as const;
  for (const [x, y] of places) areas.push(...linePairs(x, y, unit));
  return { areas, letters, circle: { x: middleX, y: middleY, radius: Math.round(height / 2) - 4, grey: 191 } };
}

/** 18 patches in two rows of nine, black to white, each with two lighter and two darker corners. */
function patches(left: number, top: number, unit: number): Area[] {
  const [size, corner] = [2 * unit, Math.max(4, Math.floor(unit / 3))];
  return LEVELS.flatMap((grey, i) => {
    const x = left + (i % 9) * size;
    const y = top + Math.floor(i / 9) * size;
    const [lighter, darker] = [Math.min(255, grey + CORNER_STEP), Math.max(0, grey - CORNER_STEP)];
    const at = (dx: number, dy: number, level: number): Area => ({
      x: x + dx,
      y: y + dy,
      width: corner,
      height: corner,
      grey: level,
    });
    const [near, far] = [Math.floor(corner / 2), size - Math.ceil(1.5 * corner)];
    return [
      { x, y, width: size, height: size, grey },
      at(near, near, lighter),
      at(far, near, darker),
      at(near, far, darker),
      at(far, far, lighter),
    ];
  });
}

/** 5 % in 0 % and 95 % in 100 %. */
function squares(left: number, top: number, unit: number): Area[] {
  const [size, inner] = [Math.round(2.6 * unit), Math.round(1.3 * unit)];
  const inset = Math.round((size - inner) / 2);
  return (
    [
      [left, 0, 13],
      [left + 6 * unit - size, 255, 242],
    ] as const
  ).flatMap(([x, outer, grey]) => [
    { x, y: top, width: size, height: size, grey: outer },
    { x: x + inset, y: top + inset, width: inner, height: inner, grey },
  ]);
}

/** All 256 greys, as evenly as whole pixels allow. */
function ramp(left: number, top: number, width: number, height: number): Area[] {
  return Array.from({ length: 256 }, (_, grey) => {
    const [from, to] = [Math.floor((grey * width) / 256), Math.floor(((grey + 1) * width) / 256)];
    return { x: left + from, y: top, width: to - from, height, grey };
  }).filter((area) => area.width > 0);
}

/** Lines of one and of two pixels, black and white in turn: upright, then lying. */
function linePairs(left: number, top: number, unit: number): Area[] {
  const half = Math.floor(unit / 2);
  const areas: Area[] = [{ x: left, y: top, width: 4 * half, height: 2 * half, grey: 0 }];
  for (const [row, thickness] of [1, 2].entries()) {
    for (let i = 0; i < 2 * half; i += 2 * thickness) {
      areas.push({ x: left + i, y: top + row * half, width: thickness, height: half, grey: 255 });
    }
    for (let i = 0; i < half; i += 2 * thickness) {
      areas.push({ x: left + 2 * half, y: top + row * half + i, width: 2 * half, height: thickness, grey: 255 });
    }
  }
  return areas;
}

/** Fourteen letters of which each differs from its ground by one step less than the one before, the last by one. */
function palerLetters(left: number, top: number, unit: number, ground: number): Letter[] {
  const sign = ground === 255 ? -1 : 1;
  const pitch = (6 * unit) / (WORDS.length + 1);
  let step = WORDS.replace(" ", "").length;
  return [...WORDS].flatMap((text, i) => {
    if (text === " ") return [];
    const letter = {
      text,
      x: Math.round(left + (i + 1) * pitch),
      y: top + Math.round(unit / 2),
      height: Math.round(unit * 0.5),
      grey: ground + sign * step,
    };
    step -= 1;
    return [letter];
  });
}

/** A grid of single pixels and a frame at the very edge. */
function grid(width: number, height: number, unit: number): Area[] {
  const areas: Area[] = [];
  const grey = 191;
  for (let x = Math.round(width / 2) % (2 * unit); x < width; x += 2 * unit) {
    areas.push({ x, y: 0, width: 1, height, grey });
  }
  for (let y = Math.round(height / 2) % (2 * unit); y < height; y += 2 * unit) {
    areas.push({ x: 0, y, width, height: 1, grey });
  }
  areas.push({ x: 0, y: 0, width, height: 1, grey: 255 }, { x: 0, y: height - 1, width, height: 1, grey: 255 });
  areas.push({ x: 0, y: 0, width: 1, height, grey: 255 }, { x: width - 1, y: 0, width: 1, height, grey: 255 });
  return areas;
}

/** Return one level in the middle tenth of a picture with 20 % around it (TG18-LN). */
export function levelPattern(width: number, height: number, index: number): Area[] {
  const size = Math.round(Math.sqrt(0.1 * width * height));
  const [x, y] = [Math.round((width - size) / 2), Math.round((height - size) / 2)];
  return [
    { x: 0, y: 0, width, height, grey: 51 },
    { x, y, width: size, height: size, grey: LEVELS[index] ?? 0 },
  ];
}
