import { formatCount } from "./line_numbers.js";
import { fractionOfLine, lineAtFraction, thumbHeight } from "./scroll_map.js";

/** @import { WindowView } from "./line_window.js" */

/**
 * @typedef {object} ScrollBarOptions
 * @property {HTMLElement} track
 * @property {HTMLElement} thumb inside the track
 * @property {number} lines
 * @property {(line: number) => void} onDrag called with the line for the upper edge
 * @property {() => void} onDragToEnd
 * @property {() => void} onDragEnd
 */

/** The vertical scroll bar: dragging moves by proportion. */
export class ScrollBar {
  #options;
  #lastTop = 1;
  #fraction = 0;
  #thumbPx = 0;
  #isDragged = false;

  /** @param {ScrollBarOptions} options */
  constructor(options) {
    this.#options = options;
    options.track.ariaValueMin = "1";
    options.track.ariaValueMax = String(options.lines);
    options.track.addEventListener("pointerdown", (event) => this.#grab(event));
  }

  get isDragged() {
    return this.#isDragged;
  }

  /** @param {WindowView} view */
  show({ topLine, topFraction, fullRows, isAtEnd }) {
    const { track, thumb, lines } = this.#options;
    this.#lastTop = Math.max(1, lines - fullRows + 1);
    const trackPx = track.clientHeight;
    this.#thumbPx = thumbHeight(trackPx, fullRows, lines);
    if (!this.#isDragged) {
      this.#fraction = isAtEnd ? 1 : fractionOfLine(topLine + topFraction, this.#lastTop);
    }
    thumb.style.height = `${this.#thumbPx}px`;
    const movablePx = trackPx - this.#thumbPx;
    thumb.style.transform = `translateY(${this.#fraction * movablePx}px)`;
    track.classList.toggle("unneeded", fullRows >= lines && isAtEnd && topLine === 1);
    track.ariaValueNow = String(topLine);
    track.ariaValueText = `line ${formatCount(topLine)} of ${formatCount(lines)}`;
  }

  /** @param {PointerEvent} down */
  #grab(down) {
    const { track, thumb, onDragEnd } = this.#options;
    if (down.button !== 0) return;
    down.preventDefault();
    const box = thumb.getBoundingClientRect();
    const isOnThumb = down.clientY >= box.top && down.clientY <= box.bottom;
    // A press next to the thumb moves the middle of the thumb there.
    const gripPx = isOnThumb ? down.clientY - box.top : this.#thumbPx / 2;
    this.#isDragged = true;
    track.classList.add("dragged");
    track.setPointerCapture(down.pointerId);
    const ended = new AbortController();
    const { signal } = ended;
    const release = () => {
      ended.abort();
      this.#isDragged = false;
      track.classList.remove("dragged");
      onDragEnd();
    };
    track.addEventListener("pointermove", (move) => this.#dragTo(move.clientY - gripPx), {
      signal,
    });
    track.addEventListener("lostpointercapture", release, { signal });
    if (!isOnThumb) this.#dragTo(down.clientY - gripPx);
  }

  /** @param {number} topPx the new upper edge of the thumb, in the window of the browser */
  #dragTo(topPx) {
    const { track, onDrag, onDragToEnd } = this.#options;
    const movablePx = track.clientHeight - this.#thumbPx;
    if (movablePx <= 0) return;
    const fraction = (topPx - track.getBoundingClientRect().top) / movablePx;
    this.#fraction = Math.max(0, Math.min(fraction, 1));
    if (this.#fraction === 1) onDragToEnd();
    else onDrag(lineAtFraction(this.#fraction, this.#lastTop));
  }
}
