/** What a timer and its thread share. */
export interface TimerMemory {
  /** How many orders were given; one word, which the thread waits for. */
  readonly orders: Int32Array<SharedArrayBuffer>;
  /** How long the thread is to sleep; 0 where it is to end. */
  readonly delayMs: Float64Array<SharedArrayBuffer>;
}

/** Makes the memory of a timer that has no order yet. */
export function createTimerMemory(): TimerMemory {
  return {
    orders: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
    delayMs: new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)),
  };
}
