/**
 * What is measured in a motion (time by depth) or a spectrum (time by velocity): intervals, velocities, slopes, gradients.
 *
 * Source: PS3.16 CID 12222 (Orifice Flow Properties); modified Bernoulli equation and velocity time integral: Baumgartner et
 * al., J. Am. Soc. Echocardiogr. 22 (2009) 1-23; pressure half-time as 0.29 of the deceleration time: Hatle et al.,
 * Circulation 60 (1979) 1096-1104.
 */
import type { ImagePoint, Kind, Quantity } from "../measurements/measurement";
import type { StudyImage } from "../measurements/study-images";
import * as codes from "../structured-report/codes";
import { ucum } from "../structured-report/codes";
import { type Region, regionAt, regionsOf, valueAlong } from "./regions";

const MS = ucum("ms", "millisecond");
const MM = ucum("mm", "millimeter");
const CM = ucum("cm", "centimeter");
const CM_PER_S = ucum("cm/s", "centimeter per second");
const CM_PER_S2 = ucum("cm/s2", "centimeter per square second");
const MMHG = ucum("mm[Hg]", "millimeter of mercury");

/** A point as its region means it: seconds, and cm or cm/s. */
interface Moment {
  s: number;
  value: number;
}

type Plot = "motion" | "spectrum";

/** How many moments a traced spectrum is read at. */
const N_MOMENTS = 500;

/** Return what a drawing on an image measures there, or nothing where the image has no such region. */
export function quantitiesOnImage(kind: Kind, image: StudyImage, points: readonly ImagePoint[]): Quantity[] {
  return regionQuantities(kind, regionsOf(image.frame.dataset), points);
}

/**
 * Return the quantities of what was drawn, or nothing if it does not lie in one motion or spectrum; points as columns and
 * rows from the corner of the image.
 */
export function regionQuantities(kind: Kind, regions: readonly Region[], points: readonly ImagePoint[]): Quantity[] {
  const [first] = points;
  const region = first && regionAt(regions, first[0] - 0.5, first[1] - 0.5);
  const plot = region && plotOf(region);
  if (!region || !plot || points.some(([x, y]) => regionAt(regions, x - 0.5, y - 0.5) !== region)) return [];
  const moments = points.map(([x, y]) => ({
    s: valueAlong(region.across, x - 0.5),
    value: valueAlong(region.down, y - 0.5),
  }));
  const [a, b] = moments;
  if (kind === "Probe" && a) return plot === "spectrum" ? ofVelocity(a.value) : [];
  if (kind === "Length" && a && b) return plot === "motion" ? ofMotion(a, b) : ofSlope(a, b);
  return kind === "PlanarFreehandROI" && plot === "spectrum" ? ofTrace(moments) : [];
}

function plotOf({ across, down }: Region): Plot | undefined {
  if (across.unit !== "s" || across.perPixel === 0 || down.perPixel === 0) return undefined;
  return down.unit === "cm" ? "motion" : down.unit === "cm/s" ? "spectrum" : undefined;
}

/** Modified Bernoulli equation, from cm/s. */
function gradient_mmHg(velocity: number): number {
  return 4 * (velocity / 100) ** 2;
}

function ofVelocity(velocity: number): Quantity[] {
  return [
    { concept: codes.PEAK_VELOCITY, value: Math.abs(velocity), unit: CM_PER_S },
    { concept: codes.PEAK_GRADIENT, value: gradient_mmHg(velocity), unit: MMHG },
  ];
}

function ofMotion(a: Moment, b: Moment): Quantity[] {
  const [interval_s, distance_cm] = [Math.abs(b.s - a.s), Math.abs(b.value - a.value)];
  const slope = interval_s > 0 ? [{ concept: codes.SLOPE, value: distance_cm / interval_s, unit: CM_PER_S }] : [];
  return [
    { concept: codes.LENGTH, value: 10 * distance_cm, unit: MM },
    { concept: codes.INTERVAL, value: 1000 * interval_s, unit: MS },
    ...slope,
  ];
}

/** A line along a spectrum's edge; where it falls towards the baseline, when it would get there. */
function ofSlope(a: Moment, b: Moment): Quantity[] {
  const [early, late] = a.s <= b.s ? [a, b] : [b, a];
  const interval_s = late.s - early.s;
  const interval: Quantity = { concept: codes.INTERVAL, value: 1000 * interval_s, unit: MS };
  const peak = Math.max(Math.abs(a.value), Math.abs(b.value));
  if (interval_s === 0) return [interval, ...ofVelocity(peak)];
  const slope = Math.abs(late.value - early.value) / interval_s;
  const falls = Math.abs(late.value) < Math.abs(early.value);
  const time_s = Math.abs(early.value) / slope;
  const deceleration: Quantity[] = [
    { concept: codes.DECELERATION_TIME, value: 1000 * time_s, unit: MS },
    // The gradient is half where the velocity has come down to 1 / sqrt(2).
    { concept: codes.PRESSURE_HALF_TIME, value: 1000 * time_s * (1 - Math.SQRT1_2), unit: MS },
  ];
  return [
    ...ofVelocity(peak),
    interval,
    { concept: falls ? codes.DECELERATION_SLOPE : codes.ACCELERATION_SLOPE, value: slope, unit: CM_PER_S2 },
    ...(falls ? deceleration : []),
  ];
}

/** A traced spectrum: at each moment what lies farthest from the baseline, on the side where more of the trace lies. */
function ofTrace(trace: readonly Moment[]): Quantity[] {
  const side = Math.sign(trace.reduce((sum, { value }) => sum + value, 0)) || 1;
  const times = trace.map(({ s }) => s);
  const [start, end] = [Math.min(...times), Math.max(...times)];
  if (trace.length < 3 || end <= start) return [];
  const step = (end - start) / N_MOMENTS;
  const velocities = Array.from({ length: N_MOMENTS }, (_, n) => farthest(trace, start + (n + 0.5) * step, side));
  const mean = velocities.reduce((sum, velocity) => sum + velocity, 0) / N_MOMENTS;
  const meanGradient = velocities.reduce((sum, velocity) => sum + gradient_mmHg(velocity), 0) / N_MOMENTS;
  return [
    { concept: codes.VELOCITY_TIME_INTEGRAL, value: mean * (end - start), unit: CM },
    ...ofVelocity(Math.max(0, ...trace.map(({ value }) => side * value))),
    { concept: codes.MEAN_VELOCITY, value: mean, unit: CM_PER_S },
    { concept: codes.MEAN_GRADIENT, value: meanGradient, unit: MMHG },
    { concept: codes.INTERVAL, value: 1000 * (end - start), unit: MS },
  ];
}

/** Return how far the closed trace reaches from the baseline at a moment, on one side of it. */
function farthest(trace: readonly Moment[], s: number, side: number): number {
  let reached = 0;
  trace.forEach((from, index) => {
    const to = trace[(index + 1) % trace.length] as Moment;
    if (s < Math.min(from.s, to.s) || s > Math.max(from.s, to.s) || from.s === to.s) return;
    const value = from.value + ((s - from.s) / (to.s - from.s)) * (to.value - from.value);
    reached = Math.max(reached, side * value);
  });
  return reached;
}
