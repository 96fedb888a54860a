/** What planes and solids share: the volume they show. */
import { Enums, getShouldUseCPURendering, type Types } from "@cornerstonejs/core";
import { ProblemError } from "../http/problem";
import { sayIn } from "../language/words";
import type { Settings } from "../layout/layout";
import { isUptake } from "../overlays/suv";
import type { ValueRange } from "../tools/window";
import type { Frame } from "../viewport/frames";
import { ViewportController } from "../viewport/ViewportController";
import { loadVolume } from "./load-volume";
import { WORDS } from "./words";

const { Events } = Enums;
/** In SUV. */
const UPTAKE: ValueRange = { lower: 0, upper: 5 };

export abstract class VolumeController extends ViewportController {
  protected volume: Types.IImageVolume | undefined;
  protected isSuv = false;
  protected frames: readonly Frame[] = [];
  protected studyUid = "";
  protected stop = new AbortController();

  override destroy(): void {
    this.stop.abort();
    this.element.removeEventListener(Events.IMAGE_RENDERED, this.tellFrame);
    super.destroy();
  }

  protected abstract override get viewport(): Types.IVolumeViewport;
  protected abstract begin(settings: Settings): void;

  /** Show a series as one volume. What is no regular volume is refused with the reason. */
  async show(frames: readonly Frame[], studyUid: string, seriesUid: string, settings: Settings): Promise<void> {
    this.stop.abort();
    this.stop = new AbortController();
    const { signal } = this.stop;
    try {
      requireWebGl();
      const [first] = frames;
      this.frames = frames;
      this.studyUid = studyUid;
      this.isSuv = first !== undefined && isUptake(first.dataset);
      const volume = await loadVolume(frames, studyUid, seriesUid, this.loading());
      if (!volume || signal.aborted) return;
      await this.viewport.setVolumes([{ volumeId: volume.volumeId }]);
      if (signal.aborted) return;
      this.volume = volume;
      this.onNotice(undefined);
      // As the images of the series one by one: Cornerstone windows PET by uptake there, and here by all values.
      if (this.isSuv) this.setRange(UPTAKE);
      this.begin(settings);
      this.element.addEventListener(Events.IMAGE_RENDERED, this.tellFrame);
      this.tellFrame();
    } catch (thrown) {
      if (!signal.aborted) this.onNotice({ kind: "problem", thrown });
    }
  }

  setFullRange(): void {
    const range = this.volume?.voxelManager?.getMinMax?.();
    if (range) this.setRange({ lower: range.min, upper: range.max });
  }

  protected shownValues(): ArrayLike<number> {
    return this.volume?.voxelManager?.getCompleteScalarDataArray?.() ?? [];
  }

  protected loading() {
    const { signal } = this.stop;
    return {
      signal,
      onProgress: (done: number, total: number) => signal.aborted || this.onNotice({ kind: "loading", done, total }),
      onWait: (wait_s: number | undefined) => {
        if (!signal.aborted && wait_s) this.onNotice({ kind: "retrying", wait_s });
      },
    };
  }

  protected isReady(): boolean {
    return this.volume !== undefined && this.viewport?.getImageData() !== undefined;
  }

  protected isColour(): boolean {
    return false;
  }

  private readonly tellFrame = (): void => this.onFrameShown(performance.now());
}

function requireWebGl(): void {
  if (!getShouldUseCPURendering()) return;
  const say = sayIn(WORDS);
  throw new ProblemError({ title: say("title"), status: 0, detail: say("webgl"), remedy: say("webgl-remedy") });
}
