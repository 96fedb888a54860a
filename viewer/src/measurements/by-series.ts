/** Measurements in the groups in which the panel lists them: by series, in the order of the images. */
import type { Measurement } from "./measurement";
import type { StudyImages } from "./study-images";

export interface SeriesGroup {
  seriesUid: string;
  seriesNumber: number | undefined;
  title: string;
  measurements: Measurement[];
}

/** Return the series whose pixels were measured; "" where that is no single one. */
export function seriesOf({ place }: Measurement): string {
  if (place.on === "image") return place.image.seriesUid;
  return place.on === "segment" ? place.segment.sourceSeriesUid : "";
}

/** Return the groups by number of series; what lies in no series comes last. */
export function bySeries(list: readonly Measurement[], images: StudyImages): SeriesGroup[] {
  const groups = new Map<string, SeriesGroup>();
  for (const measurement of list) {
    const { place } = measurement;
    const seriesUid = seriesOf(measurement);
    const image =
      place.on === "image"
        ? images.find(place.image.sopInstanceUid, place.image.frame)
        : images.all.find(({ reference }) => seriesUid && reference.seriesUid === seriesUid);
    const group = groups.get(seriesUid) ?? { seriesUid, seriesNumber: undefined, title: "", measurements: [] };
    group.seriesNumber ??= image?.seriesNumber;
    group.title ||= image ? [image.modality, image.seriesDescription].filter(Boolean).join(" ") : "";
    group.measurements.push(measurement);
    groups.set(seriesUid, group);
  }
  const last = Number.POSITIVE_INFINITY;
  return [...groups.values()].sort((a, b) => (a.seriesNumber ?? last) - (b.seriesNumber ?? last));
}
