import { describe, expect, it } from "vitest";
import { imageInPlane } from "../../src/measurements/image-in-plane";
import { type PatientPoint, type Place, sameInPatient } from "../../src/measurements/measurement";
import { type StudyImage, studyImagesOf } from "../../src/measurements/study-images";
import { annotationOf } from "../../src/measurements/to-annotation";
import { cross, plus, times } from "../../src/overlays/vectors";
import { example, IMAGE, imageDataset } from "./examples";

const { alongRow, alongColumn, position_mm } = IMAGE.geometry;
const normal = cross(alongRow, alongColumn);
/** Three images, 4 mm apart, 4 mm thick. */
const images = [0, 1, 2].map((index) => {
  const place = plus(position_mm, times(normal, 4 * index));
  const changes = {
    "00080018": { vr: "UI", Value: [`1.2.3.4.${index}`] },
    "00180050": { vr: "DS", Value: [4] },
    "00200032": { vr: "DS", Value: [...place] },
  };
  return studyImagesOf([imageDataset(changes)])[0] as StudyImage;
});

function ellipse(depth_mm: number, tilt_mm = 0): Place {
  const at = (x: number, y: number, more = 0): PatientPoint =>
    plus(plus(position_mm, plus(times(alongRow, x), times(alongColumn, y))), times(normal, depth_mm + more));
  return {
    on: "space",
    frameOfReferenceUid: "1.2.3.9",
    points_mm: [at(20, 30), at(20, 10), at(15, 20, tilt_mm), at(25, 20, -tilt_mm)],
  };
}

describe("a measurement in space", () => {
  it("belongs to the image in whose slice it lies", () => {
    expect(imageInPlane({ kind: "EllipticalROI", place: ellipse(4) }, images)).toBe(images[1]);
    expect(imageInPlane({ kind: "Angle", place: ellipse(5.9) }, images)).toBe(images[1]);
  });

  it("belongs to none beside them, across them, or in another space", () => {
    expect(imageInPlane({ kind: "Angle", place: ellipse(14) }, images)).toBeUndefined();
    expect(imageInPlane({ kind: "Angle", place: ellipse(4, 5) }, images)).toBeUndefined();
    const elsewhere = { ...ellipse(4), frameOfReferenceUid: "1.2.3.8" } as Place;
    expect(imageInPlane({ kind: "Angle", place: elsewhere }, images)).toBeUndefined();
  });

  it("is no length: those are drawn in every picture", () => {
    expect(imageInPlane({ kind: "Length", place: ellipse(4) }, images)).toBeUndefined();
  });

  it("is drawn on its image with the numbers that were kept", () => {
    const annotation = annotationOf({ ...example("EllipticalROI"), place: ellipse(4) }, images[1]);
    expect(annotation?.metadata).toMatchObject({ toolName: "EllipticalROI", referencedImageId: images[1]?.imageId });
    expect(Object.values(annotation?.data.cachedStats ?? {})[0]).toMatchObject({ area: 123.456789012345 });
  });
});

describe("the same points", () => {
  const space = ellipse(0);
  const onImage = (points_mm: readonly PatientPoint[]): Place => ({
    on: "image",
    image: IMAGE.reference,
    points_px: [],
    points_mm,
    frameOfReferenceUid: "1.2.3.9",
  });
  const points = space.on === "space" ? space.points_mm : [];

  it("are found on an image in whatever order", () => {
    expect(sameInPatient(space, onImage([...points].reverse()))).toBe(true);
  });

  it("are no longer the same when one was moved", () => {
    const [first = [0, 0, 0], ...others] = points;
    expect(sameInPatient(space, onImage([[first[0] + 0.1, first[1], first[2]], ...others]))).toBe(false);
  });
});
