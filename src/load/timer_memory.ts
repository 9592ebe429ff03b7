/** What a timer and its thread share. */
export interface TimerMemory {
  /** What they wait for: see {@linkcode TimerWord}. */
  readonly words: Int32Array<SharedArrayBuffer>;
  /** How long the thread is to sleep; 0 where it is to end. */
  readonly delayMs: Float64Array<SharedArrayBuffer>;
}

/** Where the words stand. */
export const TimerWord = {
  /** The number of the last order. */
  order: 0,
  /** The number of the last order that is done. */
  woken: 1,
} as const;

/** Makes the memory of a timer that has no order yet. */
export function createTimerMemory(): TimerMemory {
  return {
    words: new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)),
    delayMs: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)),
  };
}
