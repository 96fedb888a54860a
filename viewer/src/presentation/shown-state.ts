/** A presentation state on a viewport: applied to the images it is about, taken back from the others and at the end. */
import { Enums, type StackViewport } from "@cornerstonejs/core";
import { number } from "../dicomweb/json-model";
import type { StudyImage, StudyImages } from "../measurements/study-images";
import { type DisplayFunction, displayFunction, type Rescale } from "./display-function";
import { type OverlayPlane, overlayPath, overlayPlanes, pixelTransform } from "./overlay-planes";
import { concerns, type DisplayedArea, holdingFor, type PresentationState } from "./presentation-state";
import { coveredPath, graphicPath, type OnCanvas, placing, textPlace } from "./state-graphics";
import { onCanvas, orient, showArea } from "./viewport-geometry";

const { Events } = Enums;
const SVG = "http://www.w3.org/2000/svg";
const ANNOTATION_COLOUR = "#8fd3ff";

export class ShownState {
  private readonly svg: SVGSVGElement;
  private readonly before: ReturnType<StackViewport["getViewPresentation"]>;
  private applied: StudyImage | undefined;
  private range: { lower: number; upper: number } | undefined;
  private readonly planes = new Map<StudyImage, Map<number, OverlayPlane>>();

  constructor(
    readonly state: PresentationState,
    private readonly viewport: StackViewport,
    private readonly images: StudyImages,
    private readonly onProblem: (thrown: unknown) => void = () => {},
  ) {
    this.before = viewport.getViewPresentation();
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("class", "state-overlay");
    this.svg.setAttribute("data-testid", "state-overlay");
    viewport.element.append(this.svg);
    viewport.element.addEventListener(Events.STACK_NEW_IMAGE, this.follow);
    viewport.element.addEventListener(Events.IMAGE_RENDERED, this.draw);
    this.follow();
  }

  /** Whether it is shown on this image now. */
  isOn(image: StudyImage): boolean {
    return this.applied === image;
  }

  /** Whether the shades are still those of the state. */
  get hasItsShades(): boolean {
    const now = this.viewport.getProperties().voiRange;
    return (
      now !== undefined && this.range !== undefined && now.lower === this.range.lower && now.upper === this.range.upper
    );
  }

  stop(): void {
    this.viewport.element.removeEventListener(Events.STACK_NEW_IMAGE, this.follow);
    this.viewport.element.removeEventListener(Events.IMAGE_RENDERED, this.draw);
    this.svg.remove();
    if (!this.viewport.isDisabled) this.takeBack();
  }

  private readonly follow = (): void => {
    const image = this.images.named(this.viewport.getCurrentImageId());
    const isMeant = image && concerns(this.state, image.reference.sopInstanceUid, image.reference.frame);
    if (isMeant && image !== this.applied) this.apply(image);
    else if (!isMeant && this.applied) this.takeBack();
    this.draw();
  };

  private apply(image: StudyImage): void {
    const { state, viewport } = this;
    this.applied = image;
    viewport.resetCamera();
    orient(viewport, image.geometry, state);
    const area = this.areaOf(image);
    if (area) showArea(viewport, image.geometry, area);
    viewport.setProperties({ invert: state.isInverted });
    if (state.kind === "grayscale") setShades(viewport, this.shadesOf(image));
    this.range = viewport.getProperties().voiRange;
    viewport.render();
  }

  private takeBack(): void {
    this.applied = undefined;
    this.viewport.resetProperties();
    this.viewport.resetCamera();
    this.viewport.setCamera({ flipHorizontal: false, flipVertical: false });
    this.viewport.setViewPresentation(this.before);
    this.viewport.render();
  }

  private areaOf({ reference }: StudyImage): DisplayedArea | undefined {
    return holdingFor(this.state.areas, reference.sopInstanceUid, reference.frame)[0];
  }

  private shadesOf({ reference, frame }: StudyImage): DisplayFunction | undefined {
    const [voi] = holdingFor(this.state.voi, reference.sopInstanceUid, reference.frame);
    const rescale: Rescale = {
      slope: number(frame.dataset, "RescaleSlope") ?? 1,
      intercept: number(frame.dataset, "RescaleIntercept") ?? 0,
    };
    return displayFunction(this.state.modality, voi, rescale);
  }

  private readonly draw = (): void => {
    this.svg.replaceChildren();
    const image = this.applied;
    if (!image) return;
    const { state, viewport } = this;
    const { clientWidth, clientHeight } = viewport.canvas;
    const place: OnCanvas = (point) => onCanvas(viewport, image.geometry, point);
    const { Rows, Columns } = {
      Rows: number(image.frame.dataset, "Rows") ?? 1,
      Columns: number(image.frame.dataset, "Columns") ?? 1,
    };
    const whole: DisplayedArea = {
      topLeft: [1, 1],
      bottomRight: [Columns, Rows],
      sizeMode: "SCALE TO FIT",
      magnification: undefined,
    };
    const area = this.areaOf(image) ?? whole;
    const rowsPerColumn = image.geometry.columnSpacing_mm / image.geometry.rowSpacing_mm;
    const transform = pixelTransform(place);
    for (const shutter of state.shutters) {
      const shade = Math.round((state.shutterGray / 65535) * 255);
      const fill = `rgb(${shade} ${shade} ${shade})`;
      if (shutter.kind === "bitmap") {
        const plane = state.overlays.find(({ group }) => group === shutter.group)?.plane;
        if (plane) this.add("path", { d: overlayPath(plane), fill, transform, "data-shutter": shutter.kind });
        continue;
      }
      const d = coveredPath(shutter, { width: clientWidth, height: clientHeight, rowsPerColumn }, place);
      this.add("path", {
        d,
        fill,
        "fill-rule": "evenodd",
        "data-shutter": shutter.kind,
      });
    }
    for (const { group, layer, plane: own } of state.overlays) {
      const plane = layer ? (own ?? this.planesOf(image).get(group)) : undefined;
      if (plane) this.add("path", { d: overlayPath(plane), fill: ANNOTATION_COLOUR, transform, "data-overlay": layer });
    }
    const { sopInstanceUid, frame } = image.reference;
    for (const annotation of this.inLayers(holdingFor(state.annotations, sopInstanceUid, frame))) {
      if (annotation.kind === "graphic") {
        const d = graphicPath(annotation, placing(annotation.units, area, place));
        this.add("path", { d, fill: annotation.isFilled ? ANNOTATION_COLOUR : "none", stroke: ANNOTATION_COLOUR });
        continue;
      }
      const placed = textPlace(annotation, (units) => placing(units, area, place));
      if (!placed) continue;
      if (placed.leader) this.add("path", { d: placed.leader, fill: "none", stroke: ANNOTATION_COLOUR });
      const [x, y] = placed.at;
      annotation.text.split(/\r?\n/).forEach((line, at) => {
        this.add("text", { x, y: y + 14 * (at + 1), fill: ANNOTATION_COLOUR }).textContent = line;
      });
    }
  };

  /** Return the overlays of an image that have come so far; it is drawn again when they are there. */
  private planesOf(image: StudyImage): ReadonlyMap<number, OverlayPlane> {
    const known = this.planes.get(image);
    if (known) return known;
    const found = new Map<number, OverlayPlane>();
    this.planes.set(image, found);
    overlayPlanes(image.frame.dataset)
      .then((planes) => {
        for (const plane of planes) found.set(plane.group, plane);
        if (planes.length > 0) this.draw();
      })
      .catch((thrown) => this.onProblem(thrown));
    return found;
  }

  private inLayers<One extends { layer: string }>(annotations: One[]): One[] {
    const order = new Map(this.state.layers.map(({ name, order }) => [name, order]));
    return annotations.sort((a, b) => (order.get(a.layer) ?? 0) - (order.get(b.layer) ?? 0));
  }

  private add(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    this.svg.append(element);
    return element;
  }
}

function setShades(viewport: StackViewport, shades: DisplayFunction | undefined): void {
  if (!shades) return;
  if (shades.kind === "range") {
    viewport.setProperties({ voiRange: { lower: shades.lower, upper: shades.upper } });
    return;
  }
  const { points } = shades;
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return;
  // The nearest straight line; where Cornerstone draws with the GPU, the table itself goes in its place.
  viewport.setProperties({ voiRange: { lower: first[0], upper: last[0] } });
  const actor = viewport.getDefaultActor()?.actor as
    | { getProperty?: () => { getRGBTransferFunction: (index: number) => ColourFunction } }
    | undefined;
  const table = actor?.getProperty?.().getRGBTransferFunction(0);
  if (!table) return;
  const isInverted = viewport.getProperties().invert ?? false;
  table.removeAllPoints();
  for (const [value, shade] of points) {
    const shown = isInverted ? 1 - shade : shade;
    table.addRGBPoint(value, shown, shown, shown);
  }
}

interface ColourFunction {
  removeAllPoints: () => void;
  addRGBPoint: (value: number, red: number, green: number, blue: number) => number;
}
