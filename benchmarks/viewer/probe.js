// Looks at a page from within: when a text is there, when a slice of the phantom is on a canvas, how fast it scrolls.
(() => {
  const INNER_RING_PX = 112;
  const SQUARES_PX = [-90, -40, 40, 90];
  const DARK = 70;
  const BRIGHT = 185;
  const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  /** The red values of a canvas, read at once because each reading waits for the graphics card. */
  function red(canvas) {
    const { width, height } = canvas;
    copy.canvas.width = width;
    copy.canvas.height = height;
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    return (x, y) => data[4 * (y * width + x)];
  }

  /** How far from `middle` the first bright pixel lies in a direction, or undefined. */
  function reach(value, length, middle, step) {
    for (let at = middle; at >= 0 && at < length; at += step) {
      if (value(at) > BRIGHT) return Math.abs(at - middle);
      if (value(at) > DARK && Math.abs(at - middle) < 8) return undefined;
    }
    return undefined;
  }

  /** The number that the slice on this canvas says, or undefined when there is none. */
  function sliceOn(canvas) {
    const { width, height } = canvas;
    if (width < 200 || height < 200) return undefined;
    const [x, y] = [width >> 1, height >> 1];
    const value = red(canvas);
    const row = (at) => value(at, y);
    const [left, right] = [reach(row, width, x, -1), reach(row, width, x, 1)];
    if (left === undefined || right === undefined) return undefined;
    const column = (at) => value(x, at);
    const [up, down] = [reach(column, height, y, -1), reach(column, height, y, 1)];
    if (up === undefined || down === undefined) return undefined;
    const scale = (left + right) / 2 / INNER_RING_PX;
    if (scale < 0.3 || Math.abs(up + down - left - right) > 4 + 0.05 * (left + right)) return undefined;
    const [centreX, centreY] = [x + (right - left) / 2, y + (down - up) / 2];
    let word = 0;
    for (const dy of SQUARES_PX) {
      for (const dx of SQUARES_PX) {
        const seen = value(Math.round(centreX + dx * scale), Math.round(centreY + dy * scale));
        if (seen > DARK && seen < BRIGHT) return undefined;
        word = 2 * word + (seen >= BRIGHT ? 1 : 0);
      }
    }
    const number = word >> 6;
    return (37 * number + 11) % 64 === (word & 63) ? number : undefined;
  }

  /** What a person can see: thumbnails are drawn on hidden canvases, or on ones outside the window. */
  function isSeen(canvas) {
    const { left, top, right, bottom, width } = canvas.getBoundingClientRect();
    const isInside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && width >= 300;
    return isInside && canvas.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  }

  /** Pictures of viewports, in which the tools work, and any other that a person reads. */
  const VIEWPORTS = "canvas.cornerstone-canvas";
  const OTHERS = "canvas:not(.cornerstone-canvas)";
  const canvases = (which) => [...document.querySelectorAll(which)].filter(isSeen);

  function slice(which) {
    for (const canvas of canvases(which)) {
      const number = sliceOn(canvas);
      if (number !== undefined) return { number, canvas };
    }
    return undefined;
  }

  /** Call `look` before every frame until it finds something; resolves with it and the time at which it was found. */
  function until(look, isOver = () => false) {
    return new Promise((resolve) => {
      const turn = () => {
        if (isOver()) return;
        const found = look();
        if (found === undefined) requestAnimationFrame(turn);
        else resolve({ found, time_ms: performance.now() });
      };
      requestAnimationFrame(turn);
    });
  }

  /** The same for the pictures of viewports, which are looked at when one was drawn: looking takes long by itself. */
  function untilDrawn(look, isOver = () => false) {
    return new Promise((resolve) => {
      const turn = () => {
        if (isOver()) return;
        const found = look();
        if (found === undefined) return;
        // When it has been read, so that it was there.
        const time_ms = performance.now();
        document.removeEventListener("CORNERSTONE_IMAGE_RENDERED", turn, true);
        resolve({ found, time_ms });
      };
      document.addEventListener("CORNERSTONE_IMAGE_RENDERED", turn, true);
      turn();
    });
  }

  const inViewport = (isOver) => untilDrawn(() => slice(VIEWPORTS)?.number, isOver);
  const anywhere = (drawn) => {
    let isOver = false;
    const mark = () => {
      isOver = true;
    };
    drawn.then(mark);
    return Promise.race([until(() => slice(OTHERS)?.number, () => isOver), drawn]);
  };

  /** Whether there is colour in the middle of a canvas. */
  function hasColour(canvas) {
    const [x, y] = [canvas.width >> 1, canvas.height >> 1];
    copy.canvas.width = copy.canvas.height = 40;
    copy.drawImage(canvas, x - 20, y - 20, 40, 40, 0, 0, 40, 40);
    const { data } = copy.getImageData(0, 0, 40, 40);
    let n = 0;
    for (let at = 0; at < data.length; at += 4) {
      const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
      if (Math.max(red, green, blue) - Math.min(red, green, blue) > 20) n += 1;
    }
    return n > 200;
  }

  const hasText = (text) => document.body?.textContent.includes(text) || undefined;
  let isOpenedByHand = false;
  const viewport = inViewport(() => isOpenedByHand);
  const probe = {
    image: anywhere(viewport),
    viewport,
    /** When colour lies over an image. */
    overlay: () => untilDrawn(() => canvases(VIEWPORTS).some(hasColour) || undefined),
    /** How long after the next click colour lies over an image. */
    overlayAfterClick: () =>
      new Promise((resolve) => {
        const start = async () => {
          const began_ms = performance.now();
          const { time_ms } = await probe.overlay();
          resolve({ time_ms: time_ms - began_ms });
        };
        document.addEventListener("click", start, { capture: true, once: true });
      }),
    listed: until(() => hasText("Bench, Ct")),
    /** How long after the next double click a slice is seen, and seen in a viewport. */
    imageAfterDoubleClick: () =>
      new Promise((resolve) => {
        const start = async () => {
          const began_ms = performance.now();
          const since = ({ found, time_ms }) => ({ found, time_ms: time_ms - began_ms });
          isOpenedByHand = true;
          const viewport = inViewport();
          const image = since(await anywhere(viewport));
          resolve({ image, viewport: since(await viewport) });
        };
        document.addEventListener("dblclick", start, { capture: true, once: true });
      }),
    /** Turn the wheel image by image; resolves with the time of each and the numbers seen. */
    scroll: async (n, sign) => {
      const { canvas } = slice(VIEWPORTS);
      const box = canvas.getBoundingClientRect();
      const place = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true, cancelable: true };
      const [times_ms, numbers] = [[], []];
      for (let k = 0; k < n; k += 1) {
        const began_ms = performance.now();
        const drawn = new Promise((resolve) => {
          document.addEventListener("CORNERSTONE_IMAGE_RENDERED", () => resolve(performance.now()), {
            capture: true,
            once: true,
          });
        });
        // A wheel that a hand turns tells the older measure too, by which Cornerstone takes the direction.
        canvas.dispatchEvent(new WheelEvent("wheel", { ...place, deltaY: 100 * sign, wheelDeltaY: -120 * sign }));
        times_ms.push((await drawn) - began_ms);
        numbers.push(sliceOn(canvas) ?? -1);
      }
      return { times_ms, numbers };
    },
    slice: () => slice(VIEWPORTS)?.number,
  };
  Object.defineProperty(window, "benchProbe", { value: probe });
})();
