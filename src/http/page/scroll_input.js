// The wheel and fingers move the lines by pixels.

/** A wheel that counts lines moves this many times the height of a row. */
const ROWS_PER_WHEEL_LINE = 1;

/** The share of its speed that a flick keeps after 16 ms. */
const FLICK_DECAY = 0.95;
const MIN_FLICK_PX_PER_MS = 0.05;

/**
 * @typedef {object} ScrollInputOptions
 * @property {HTMLElement} viewport
 * @property {() => { rowPx: number, windowPx: number }} sizes
 * @property {(px: number) => void} scrollBy
 */

/** @param {ScrollInputOptions} options */
export function listenToScrolling(options) {
  const { viewport, scrollBy } = options;
  viewport.addEventListener("wheel", (event) => {
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    // Ctrl and the wheel zoom the page.
    if (event.ctrlKey || isSideways) return;
    event.preventDefault();
    scrollBy(event.deltaY * pixelsPerUnit(event.deltaMode, options.sizes()));
  }, { passive: false });
  listenToFingers(viewport, scrollBy);
}

/** @param {number} mode @param {{ rowPx: number, windowPx: number }} sizes @returns {number} */
function pixelsPerUnit(mode, { rowPx, windowPx }) {
  switch (mode) {
    case WheelEvent.DOM_DELTA_LINE:
      return rowPx * ROWS_PER_WHEEL_LINE;
    case WheelEvent.DOM_DELTA_PAGE:
      return windowPx;
    default:
      return 1;
  }
}

/** @param {HTMLElement} viewport @param {(px: number) => void} scrollBy */
function listenToFingers(viewport, scrollBy) {
  /** @type {{ y: number, timeMs: number } | null} */
  let last = null;
  let pxPerMs = 0;
  let flick = 0;

  viewport.addEventListener("touchstart", ({ touches, timeStamp }) => {
    cancelAnimationFrame(flick);
    pxPerMs = 0;
    const [finger] = touches;
    last = touches.length === 1 && finger !== undefined
      ? { y: finger.clientY, timeMs: timeStamp }
      : null;
  }, { passive: true });

  viewport.addEventListener("touchmove", ({ touches, timeStamp }) => {
    const [finger] = touches;
    if (last === null || finger === undefined || touches.length > 1) return;
    const px = last.y - finger.clientY;
    const elapsedMs = Math.max(1, timeStamp - last.timeMs);
    pxPerMs = 0.7 * (px / elapsedMs) + 0.3 * pxPerMs;
    last = { y: finger.clientY, timeMs: timeStamp };
    scrollBy(px);
  }, { passive: true });

  viewport.addEventListener("touchend", ({ timeStamp }) => {
    const hasStopped = last === null || timeStamp - last.timeMs > 50;
    last = null;
    if (hasStopped || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let beforeMs = timeStamp;
    const step = (/** @type {number} */ nowMs) => {
      const elapsedMs = Math.max(0, nowMs - beforeMs);
      beforeMs = nowMs;
      scrollBy(pxPerMs * elapsedMs);
      pxPerMs *= FLICK_DECAY ** (elapsedMs / 16);
      if (Math.abs(pxPerMs) > MIN_FLICK_PX_PER_MS) flick = requestAnimationFrame(step);
    };
    flick = requestAnimationFrame(step);
  }, { passive: true });
}
