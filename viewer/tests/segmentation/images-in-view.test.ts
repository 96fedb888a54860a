import { describe, expect, it } from "vitest";
import { imagesInView } from "../../src/segmentation/images-in-view";

/** As Cornerstone's: it throws until the volume that it was given by name has an actor. */
function plane() {
  const actors: unknown[] = [];
  return {
    arrive: () => actors.push({}),
    getActors: () => actors,
    getAllVolumeIds: () => ["volume:1"],
    getImageIds: () => {
      if (actors.length === 0) throw new Error("No actor found for the given volumeId: undefined");
      return ["a", "b"];
    },
  };
}

describe("the images in view", () => {
  it("are none while a plane's volume is still on its way, and then all of it", () => {
    const viewport = plane();
    expect(imagesInView(viewport, false)).toEqual([]);
    viewport.arrive();
    expect(imagesInView(viewport, false)).toEqual(["a", "b"]);
  });

  it("are those of a stack before it has drawn any", () => {
    expect(imagesInView({ getImageIds: () => ["a"], getActors: () => [] }, true)).toEqual(["a"]);
    expect(imagesInView({ getImageIds: () => undefined }, true)).toEqual([]);
  });
});
