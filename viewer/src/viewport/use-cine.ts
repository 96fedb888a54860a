/** Plays a stack at a rate; a frame that takes longer delays the next one instead of piling up. */
import { useEffect, useState } from "react";
import type { ViewportController } from "./ViewportController";

export interface Cine {
  isPlaying: boolean;
  toggle: () => void;
  stop: () => void;
}

export function useCine(controller: ViewportController | undefined, rate_per_s: number): Cine {
  const [isPlaying, setPlaying] = useState(false);

  useEffect(() => {
    if (!isPlaying || !controller) return;
    let isCurrent = true;
    let due_ms = performance.now();
    const play = async () => {
      while (isCurrent) {
        due_ms = Math.max(due_ms + 1000 / rate_per_s, performance.now());
        await new Promise((resolve) => setTimeout(resolve, due_ms - performance.now()));
        if (!isCurrent) return;
        try {
          await controller.goTo((controller.index + 1) % controller.nImages);
        } catch {
          setPlaying(false); // the viewport shows what went wrong with the frame
          return;
        }
      }
    };
    void play();
    return () => {
      isCurrent = false;
    };
  }, [isPlaying, controller, rate_per_s]);

  return { isPlaying, toggle: () => setPlaying((now) => !now), stop: () => setPlaying(false) };
}
