/** Keeps Cornerstone's annotations and the measurements of the study the same, in both directions. */
import { Enums as CoreEnums, eventTarget, getRenderingEngines } from "@cornerstonejs/core";
import { annotation as annotations, Enums, type Types, utilities } from "@cornerstonejs/tools";
import { dateTimeOf } from "../dicomweb/moments";
import { kindOf, measurementOf, trackingUidOf } from "./from-annotation";
import { isEqual, isSamePlace, type Measurement } from "./measurement";
import { namedBy, type StudyImage } from "./study-images";
import type { StudyMeasurements } from "./study-measurements";
import { annotationOf } from "./to-annotation";
import { nextTrackingId } from "./tracking-id";
import { lacksSuvPeak, withSuvPeak } from "./with-suv-peak";

const { Events } = Enums;
/** A drag tells of every move: it is over when it has been quiet this long. */
const QUIET_AFTER_CHANGE_MS = 250;

type Change = CustomEvent<{ annotation: Types.Annotation }>;

interface Drawn {
  annotationUid: string;
  measurement: Measurement;
}

export class AnnotationSync {
  private readonly drawn = new Map<string, Drawn>();
  private readonly hidden = new Set<string>();
  /** Findings drawn or reshaped here, whose numbers Cornerstone computes; those of others stay as they were stored. */
  private readonly reshaped = new Set<string>();
  private readonly waiting = new Map<string, ReturnType<typeof setTimeout>>();
  private removed: string[] = [];
  private isApplying = false;
  private readonly stopListening: () => void;
  onProblem: (thrown: unknown) => void = () => {};

  constructor(private readonly study: StudyMeasurements) {
    const listen = [
      [Events.ANNOTATION_COMPLETED, this.onCompleted],
      [Events.ANNOTATION_MODIFIED, this.onModified],
      [Events.ANNOTATION_REMOVED, this.onRemoved],
      [CoreEnums.Events.IMAGE_CACHE_IMAGE_ADDED, this.onImage],
    ] as const;
    for (const [event, listener] of listen) eventTarget.addEventListener(event, listener);
    const unsubscribe = study.subscribe(this.apply);
    this.stopListening = () => {
      unsubscribe();
      for (const [event, listener] of listen) eventTarget.removeEventListener(event, listener);
    };
    this.apply();
  }

  /** Take what is still being changed, and leave no annotation behind; the measurements stay in memory. */
  stop(): void {
    for (const uid of [...this.waiting.keys()]) this.take(uid);
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
    this.stopListening();
    for (const { annotationUid } of this.drawn.values()) annotations.state.removeAnnotation(annotationUid);
    this.drawn.clear();
  }

  isHidden(trackingUid: string): boolean {
    return this.hidden.has(trackingUid);
  }

  setHidden(trackingUid: string, isHidden: boolean): void {
    if (isHidden) this.hidden.add(trackingUid);
    else this.hidden.delete(trackingUid);
    const drawn = this.drawn.get(trackingUid);
    if (drawn) annotations.visibility.setAnnotationVisibility(drawn.annotationUid, !isHidden);
    render();
  }

  select(trackingUid: string): void {
    const drawn = this.drawn.get(trackingUid);
    if (drawn) annotations.selection.setAnnotationSelected(drawn.annotationUid, true, false);
    render();
  }

  private readonly onCompleted = (event: Event): void => {
    const { annotation } = (event as Change).detail;
    if (!kindOf(annotation) || this.isApplying || !this.mayBeOurs(annotation)) return;
    const known = this.study.images.named(annotation.metadata?.referencedImageId ?? "");
    if (known) this.add(annotation, known);
    else
      this.imageOf(annotation)
        .then((image) => this.add(annotation, image))
        .catch((thrown) => this.onProblem(thrown));
  };

  private readonly onModified = (event: Event): void => {
    const { annotation } = (event as Change).detail;
    const uid = this.trackingUid(annotation);
    if (!uid || !this.drawn.has(uid) || this.isApplying) return;
    this.takeSoon(uid);
  };

  private readonly onRemoved = (event: Event): void => {
    const uid = this.trackingUid((event as Change).detail.annotation);
    if (!uid || !this.drawn.has(uid) || this.isApplying) return;
    this.drawn.delete(uid);
    if (this.removed.push(uid) > 1) return;
    // Many that go at once are one step.
    queueMicrotask(() => {
      const gone = new Set(this.removed);
      this.removed = [];
      // What others wrote cannot be removed here: it is drawn again.
      this.study.change(this.study.list.filter((one) => one.isForeign || !gone.has(one.trackingUid)));
    });
  };

  /** A region gets its peak once the slices around it have come. */
  private readonly onImage = (event: Event): void => {
    const { imageId } = (event as CustomEvent<{ image: { imageId: string } }>).detail.image;
    for (const measurement of this.study.list) {
      const { trackingUid, place } = measurement;
      if (!this.reshaped.has(trackingUid) || !lacksSuvPeak(measurement) || place.on !== "image") continue;
      if (namedBy(imageId)?.seriesUid === place.image.seriesUid) this.takeSoon(trackingUid);
    }
  };

  private trackingUid({ annotationUID }: Types.Annotation): string | undefined {
    return annotationUID ? trackingUidOf(annotationUID) : undefined;
  }

  /** Whether it is not drawn on an image of another study, as of a prior beside this one. */
  private mayBeOurs({ metadata }: Types.Annotation): boolean {
    const study = /\/studies\/([\d.]+)\//.exec(metadata?.referencedImageId ?? "")?.[1];
    return study === undefined || study === this.study.studyUid;
  }

  private async imageOf({ metadata }: Types.Annotation): Promise<StudyImage | undefined> {
    const imageId = metadata?.referencedImageId;
    const named = imageId ? namedBy(imageId) : undefined;
    if (!named) return undefined;
    await this.study.images.load(named.seriesUid);
    return this.study.images.find(named.sopInstanceUid, named.frame);
  }

  private add(annotation: Types.Annotation, image: StudyImage | undefined): void {
    const kind = kindOf(annotation);
    const uid = this.trackingUid(annotation);
    if (!kind || !uid || this.drawn.has(uid)) return;
    const drawn = measurementOf(annotation, image, {
      observer: this.study.observer,
      observedAt: dateTimeOf(this.study.now()),
      trackingId: nextTrackingId(kind, this.study.list),
    });
    if (!drawn) throw new Error(`This ${kind} lies in no image and in no frame of reference: it cannot be kept.`);
    const measurement = withSuvPeak(drawn, image, this.study.images.all);
    this.reshaped.add(uid);
    this.drawn.set(uid, { annotationUid: annotation.annotationUID ?? "", measurement });
    this.study.change([...this.study.list, measurement]);
    // Some tools compute their numbers when they draw next, and tell nobody.
    render();
    this.takeSoon(uid);
  }

  private takeSoon(uid: string): void {
    clearTimeout(this.waiting.get(uid));
    this.waiting.set(
      uid,
      setTimeout(() => this.take(uid), QUIET_AFTER_CHANGE_MS),
    );
  }

  /** Take a change that is over. */
  private take(uid: string): void {
    clearTimeout(this.waiting.get(uid));
    this.waiting.delete(uid);
    const drawn = this.drawn.get(uid);
    const known = this.study.list.find(({ trackingUid }) => trackingUid === uid);
    const annotation = drawn && annotations.state.getAnnotation(drawn.annotationUid);
    if (!drawn || !known || !annotation || known.isForeign) return;
    // Its numbers are those of a moment before until the tool has drawn.
    if (annotation.invalidated && annotation.isVisible !== false) this.takeSoon(uid);
    const image = this.study.images.named(annotation.metadata?.referencedImageId ?? "");
    const now = measurementOf(annotation, image, known);
    if (!now) return;
    const isReshaped = !isSamePlace(now.place, known.place) || now.isClosed !== known.isClosed;
    if (isReshaped) this.reshaped.add(uid);
    const quantities = this.reshaped.has(uid)
      ? withSuvPeak(now, image, this.study.images.all).quantities
      : known.quantities;
    const observedAt = isReshaped || now.label !== known.label ? dateTimeOf(this.study.now()) : known.observedAt;
    const taken: Measurement = { ...now, quantities, observedAt, finding: known.finding, site: known.site };
    if (isEqual(taken, known)) return;
    this.drawn.set(uid, { ...drawn, measurement: taken });
    const list = this.study.list.map((one) => (one.trackingUid === uid ? taken : one));
    if (isReshaped || now.label !== known.label) this.study.change(list);
    else this.study.amend(list);
  }

  /** Draw what the study has now. */
  private readonly apply = (): void => {
    this.isApplying = true;
    try {
      const wanted = new Map(this.study.list.map((one) => [one.trackingUid, one]));
      for (const [uid, { annotationUid }] of this.drawn) {
        if (wanted.has(uid)) continue;
        annotations.state.removeAnnotation(annotationUid);
        this.drawn.delete(uid);
      }
      for (const measurement of wanted.values()) this.draw(measurement);
    } finally {
      this.isApplying = false;
    }
    render();
  };

  private draw(measurement: Measurement): void {
    const { trackingUid: uid, place } = measurement;
    const drawn = this.drawn.get(uid);
    if (drawn && isEqual(drawn.measurement, measurement)) return;
    const existing = drawn && annotations.state.getAnnotation(drawn.annotationUid);
    if (drawn && existing && isSamePlace(drawn.measurement.place, place)) {
      existing.data.label = measurement.label;
      this.drawn.set(uid, { ...drawn, measurement });
      return;
    }
    const image =
      place.on === "image" ? this.study.images.find(place.image.sopInstanceUid, place.image.frame) : undefined;
    const made = annotationOf(measurement, image);
    if (!made) return;
    if (drawn) annotations.state.removeAnnotation(drawn.annotationUid);
    annotations.state.addAnnotation(made, made.metadata?.FrameOfReferenceUID ?? "");
    annotations.locking.setAnnotationLocked(uid, measurement.isForeign);
    if (this.hidden.has(uid)) annotations.visibility.setAnnotationVisibility(uid, false);
    this.drawn.set(uid, { annotationUid: uid, measurement });
  }
}

/** Draw the annotations of all viewports again. */
function render(): void {
  const viewportIds = (getRenderingEngines() ?? []).flatMap((engine) => engine.getViewports().map(({ id }) => id));
  if (viewportIds.length > 0) utilities.triggerAnnotationRenderForViewportIds(viewportIds);
}
