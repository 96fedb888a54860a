/** Keeps Cornerstone's annotations and the measurements of the study the same, in both directions. */
import { Enums as CoreEnums, eventTarget, getRenderingEngines } from "@cornerstonejs/core";
import { annotation as annotations, Enums, type Types, utilities } from "@cornerstonejs/tools";
import { dateTimeOf } from "../dicomweb/moments";
import { awaitsNumbers, kindOf, measurementOf, trackingUidOf } from "./from-annotation";
import { imageInPlane } from "./image-in-plane";
import { isEqual, isSamePlace, type Measurement, sameInPatient } from "./measurement";
import { namedBy, type StudyImage } from "./study-images";
import type { StudyMeasurements } from "./study-measurements";
import { annotationOf } from "./to-annotation";
import { nextTrackingId } from "./tracking-id";
import { lacksSuvPeak, withSuvPeak } from "./with-suv-peak";

const { Events } = Enums;
/** A drag tells of every move: it is over when it has been quiet this long. */
const QUIET_AFTER_CHANGE_MS = 250;
/** Some have none at all, as on a picture without a scale. */
const MOST_ASKED = 4;

type Change = CustomEvent<{ annotation: Types.Annotation }>;

interface Drawn {
  annotationUid: string;
  measurement: Measurement;
  /** The image that a measurement in space is drawn on. */
  slice?: StudyImage | undefined;
}

export class AnnotationSync {
  private readonly drawn = new Map<string, Drawn>();
  private readonly hidden = new Set<string>();
  /** Findings drawn or reshaped here, whose numbers Cornerstone computes; those of others stay as they were stored. */
  private readonly reshaped = new Set<string>();
  private readonly waiting = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly seen = new Set<string>();
  /** How often the numbers of a finding were asked for again. */
  private readonly asked = new Map<string, number>();
  private removed: string[] = [];
  private isApplying = false;
  private readonly stopListening: () => void;
  onProblem: (thrown: unknown) => void = () => {};
  /** Told when the numbers of something drawn or moved are waited for, and when they have been taken. */
  onTaking: (isTaking: boolean) => void = () => {};

  constructor(private readonly study: StudyMeasurements) {
    const listen = [
      [Events.ANNOTATION_COMPLETED, this.onCompleted],
      [Events.ANNOTATION_MODIFIED, this.onModified],
      [Events.ANNOTATION_REMOVED, this.onRemoved],
      [CoreEnums.Events.IMAGE_LOADED, this.onImageLoaded],
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

  /** A series that comes may be the one in whose slices a measurement in space lies. */
  private readonly onImageLoaded = (event: Event): void => {
    const imageId = (event as CustomEvent<{ image?: { imageId?: string } }>).detail.image?.imageId ?? "";
    const seriesUid = namedBy(imageId)?.seriesUid;
    this.measurePeaks(seriesUid);
    if (!seriesUid || this.seen.has(seriesUid) || !this.study.images.named(imageId)) return;
    this.seen.add(seriesUid);
    const isFloating = ({ kind, place }: Measurement) => place.on === "space" && kind !== "Length";
    if (this.study.list.some(isFloating)) this.apply();
  };

  /** A region drawn before all slices around it were here has its peak when they are. */
  private measurePeaks(seriesUid: string | undefined): void {
    for (const [uid, { measurement }] of this.drawn) {
      const { place } = measurement;
      const isBeside = place.on === "image" && place.image.seriesUid === seriesUid;
      if (isBeside && this.reshaped.has(uid) && lacksSuvPeak(measurement)) this.takeSoon(uid);
    }
  }

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
    this.onTaking(true);
  }

  private take(uid: string): void {
    clearTimeout(this.waiting.get(uid));
    this.waiting.delete(uid);
    this.takeNow(uid);
    this.onTaking(this.waiting.size > 0);
  }

  /** Take a change that is over. */
  private takeNow(uid: string): void {
    const drawn = this.drawn.get(uid);
    const known = this.study.list.find(({ trackingUid }) => trackingUid === uid);
    const annotation = drawn && annotations.state.getAnnotation(drawn.annotationUid);
    if (!drawn || !known || !annotation || known.isForeign) return;
    const image = this.study.images.named(annotation.metadata?.referencedImageId ?? "");
    const read = measurementOf(annotation, image, known);
    if (!read) return;
    if (awaitsNumbers(annotation)) this.takeSoon(uid);
    else this.askForNumbers(annotation, read);
    // Drawn on an image it stays the measurement in space that it was, until somebody moves it.
    const now = sameInPatient(known.place, read.place) ? { ...read, place: known.place } : read;
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

  /** A tool that was drawn before it knew its picture says that it is done, without numbers: it is asked again. */
  private askForNumbers(annotation: Types.Annotation, { kind, quantities, trackingUid }: Measurement): void {
    const nAsked = this.asked.get(trackingUid) ?? 0;
    if (kind === "ArrowAnnotate" || quantities.length > 0 || nAsked >= MOST_ASKED) return;
    this.asked.set(trackingUid, nAsked + 1);
    annotation.invalidated = true;
    render();
    this.takeSoon(trackingUid);
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
    const slice = drawn?.slice ?? imageInPlane(measurement, this.study.images.all);
    if (drawn && drawn.slice === slice && isEqual(drawn.measurement, measurement)) return;
    const existing = drawn && annotations.state.getAnnotation(drawn.annotationUid);
    if (drawn && existing && drawn.slice === slice && isSamePlace(drawn.measurement.place, place)) {
      existing.data.label = measurement.label;
      this.drawn.set(uid, { ...drawn, measurement });
      return;
    }
    const image = place.on === "image" ? this.study.images.find(place.image.sopInstanceUid, place.image.frame) : slice;
    const made = annotationOf(measurement, image);
    if (!made) return;
    if (drawn) annotations.state.removeAnnotation(drawn.annotationUid);
    annotations.state.addAnnotation(made, made.metadata?.FrameOfReferenceUID ?? "");
    annotations.locking.setAnnotationLocked(uid, measurement.isForeign);
    if (this.hidden.has(uid)) annotations.visibility.setAnnotationVisibility(uid, false);
    this.drawn.set(uid, { annotationUid: uid, measurement, slice });
  }
}

/** Draw the annotations of all viewports again. */
function render(): void {
  const viewportIds = (getRenderingEngines() ?? []).flatMap((engine) => engine.getViewports().map(({ id }) => id));
  if (viewportIds.length > 0) utilities.triggerAnnotationRenderForViewportIds(viewportIds);
}
