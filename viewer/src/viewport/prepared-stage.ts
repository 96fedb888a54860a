/**
 * The rendering of the reading page, started while nobody waits for it.
 *
 * To ask what WebGL can do, to open a context, to compile the programs that draw and to start a decoder takes longer
 * than anything else on the way to a viewport. Who reads the study list is given all that in steps between idle moments.
 */
import { cache, Enums, type Types } from "@cornerstonejs/core";
import { createImage, wadors } from "@cornerstonejs/dicom-image-loader";
import { startCornerstone } from "./cornerstone";
import { Stage } from "./Stage";

const SIZE_PX = 32;
const LONGEST_MS = 5000;
const EXPLICIT = "1.2.840.10008.1.2.1";
const IMAGE_ID = "wadors:unseen/frames/1";

const whole = (...value: number[]) => ({ vr: "US", Value: value });
const words = (vr: string, ...value: (string | number)[]) => ({ vr, Value: value });
/** What the loader must know of a picture, by DICOM's tags. */
const DATASET = {
  "00080060": words("CS", "CT"),
  "00200037": words("DS", 1, 0, 0, 0, 1, 0),
  "00200032": words("DS", 0, 0, 0),
  "00280002": whole(1),
  "00280004": words("CS", "MONOCHROME2"),
  "00280010": whole(SIZE_PX),
  "00280011": whole(SIZE_PX),
  "00280030": words("DS", 1, 1),
  "00280100": whole(16),
  "00280101": whole(12),
  "00280102": whole(11),
  "00280103": whole(0),
  "00281050": words("DS", 40),
  "00281051": words("DS", 400),
  "00281052": words("DS", -1024),
  "00281053": words("DS", 1),
};

let prepared: Stage | undefined;

/** Resolves when there is nothing else to do; rejects once a page needs the stage. */
type Idle = () => Promise<void>;

/** Start rendering step by step, between idle moments. */
export async function prepareStage(idle: Idle): Promise<void> {
  if (prepared) return;
  await idle();
  startCornerstone();
  await idle();
  prepared = new Stage();
  await idle();
  await drawUnseen(prepared, idle);
}

/** Return a stage that has begun already, or a new one. */
export function takeStage(): Stage {
  startCornerstone();
  const taken = prepared ?? new Stage();
  prepared = undefined;
  return taken;
}

/** Draw a small picture where nobody sees it, so that decoder and programs are there. */
async function drawUnseen(stage: Stage, idle: Idle): Promise<void> {
  wadors.metaDataManager.add(IMAGE_ID, DATASET as Parameters<typeof wadors.metaDataManager.add>[1]);
  const image = await createImage(IMAGE_ID, new Uint8Array(2 * SIZE_PX * SIZE_PX), EXPLICIT, {});
  await idle();
  const element = document.createElement("div");
  element.setAttribute("aria-hidden", "true");
  element.style.cssText = `position:fixed;left:-99px;top:0;width:${SIZE_PX}px;height:${SIZE_PX}px;visibility:hidden`;
  document.body.append(element);
  const viewportId = stage.newViewportId();
  try {
    stage.engine.enableElement({ viewportId, type: Enums.ViewportType.STACK, element });
    stage.tools.join(viewportId, stage.engine.id, "stack");
    await idle();
    cache.putImageLoadObject(IMAGE_ID, { promise: Promise.resolve(image as Types.IImage) });
    const drawn = new Promise((resolve) => {
      element.addEventListener(Enums.Events.IMAGE_RENDERED, resolve, { once: true });
      setTimeout(resolve, LONGEST_MS);
    });
    await (stage.engine.getViewport(viewportId) as Types.IStackViewport).setStack([IMAGE_ID]);
    await drawn;
  } finally {
    // A page that has taken the stage meanwhile may have left it again.
    if (!stage.isDestroyed) {
      stage.tools.leave(viewportId, stage.engine.id);
      stage.engine.disableElement(viewportId);
    }
    element.remove();
  }
}
