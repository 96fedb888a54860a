/** Draws measurements on a picture of the server: sets places, knows the numbers, hands it to the study. */
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { dateTimeOf } from "../dicomweb/moments";
import { newUid } from "../dicomweb/uids";
import type { Measurement, PatientPoint } from "../measurements/measurement";
import { measurementsOf } from "../measurements/open-studies";
import { nextTrackingId } from "../measurements/tracking-id";
import { geometryOf, isComplete, type MeasuringTool, pointsOf, rasterOf, valuesInside } from "./measuring";
import { type SeriesDescription, type ServerPicture, samplesOf } from "./server-view-api";

export interface MeasuringHand {
  list: readonly Measurement[];
  begun: { tool: MeasuringTool; places: readonly PatientPoint[] } | undefined;
  /** Set a place; the last one of a tool completes the measurement. */
  set: (place: PatientPoint, picture: ServerPicture) => void;
  /** Show where the next place would be. */
  hover: (place: PatientPoint) => void;
  /** Forget what is begun. */
  drop: () => void;
}

export function useMeasuring(
  studyUid: string,
  seriesUid: string,
  described: SeriesDescription,
  tool: MeasuringTool | undefined,
  onProblem: (thrown: unknown) => void,
): MeasuringHand {
  const study = measurementsOf(studyUid);
  const [, draw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => study.subscribe(draw), [study]);
  useEffect(() => {
    // Says whose measurements these are, when they are kept.
    study.images.load(seriesUid).catch(onProblem);
  }, [study, seriesUid, onProblem]);
  const [places, setPlaces] = useState<readonly PatientPoint[]>([]);
  const [pointer, setPointer] = useState<PatientPoint>();
  const drop = useCallback(() => {
    setPlaces([]);
    setPointer(undefined);
  }, []);
  useEffect(() => drop, [tool, drop]);
  const latest = useRef(places);
  latest.current = places;

  const complete = (kind: MeasuringTool, points_mm: PatientPoint[], frameOfReferenceUid: string) => {
    const trackingUid = newUid();
    const made: Measurement = {
      kind,
      place: { on: "space", frameOfReferenceUid, points_mm },
      isClosed: false,
      label: "",
      finding: undefined,
      site: undefined,
      quantities: geometryOf({ tool: kind, points_mm, frameOfReferenceUid }),
      trackingId: nextTrackingId(kind, study.list),
      trackingUid,
      observer: study.observer,
      observedAt: dateTimeOf(study.now()),
      isForeign: false,
    };
    study.change([...study.list, made]);
    const raster = kind === "EllipticalROI" && rasterOf(points_mm, Math.min(...described.spacing_mm));
    if (!raster) return;
    samplesOf(studyUid, seriesUid, raster, new AbortController().signal)
      .then((samples) => {
        const values = valuesInside(samples, raster, described);
        const grown = (one: Measurement) =>
          one.trackingUid === trackingUid ? { ...one, quantities: [...one.quantities, ...values] } : one;
        study.amend(study.list.map(grown));
      })
      .catch(onProblem);
  };

  return {
    list: study.list,
    begun: tool && places.length > 0 ? { tool, places: pointer ? [...places, pointer] : places } : undefined,
    set: (place, picture) => {
      const frameOfReferenceUid = described.frame_of_reference_uid;
      if (!tool || !frameOfReferenceUid) return;
      const now = [...latest.current, place];
      if (!isComplete(tool, now)) {
        latest.current = now;
        setPlaces(now);
        return;
      }
      latest.current = [];
      drop();
      complete(tool, pointsOf(tool, now, picture), frameOfReferenceUid);
    },
    hover: (place) => latest.current.length > 0 && setPointer(place),
    drop,
  };
}
