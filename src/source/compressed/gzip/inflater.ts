import wasm from "./inflate.wasm" with { type: "bytes" };

/** Why {@linkcode Inflater.run} returns. */
export type InflateStatus =
  /** It needs more input. */
  | "needs input"
  /** The output is full: take the text, and call {@linkcode Inflater.slide}. */
  | "output full"
  /** A block ended, there is enough text, and another block follows. */
  | "block ended"
  /** The last block of the stream ended. */
  | "stream ended"
  /** The input is not DEFLATE. */
  | "invalid"
  /** The input ends within the stream. */
  | "ends early";

// In the order of their numbers in inflate.as.ts.
const STATUSES: readonly InflateStatus[] = [
  "needs input",
  "output full",
  "block ended",
  "stream ended",
  "invalid",
  "ends early",
];

interface WasmExports {
  readonly memory: WebAssembly.Memory;
  readonly INPUT_MAX_BYTES: WebAssembly.Global;
  readonly OUTPUT_MAX_BYTES: WebAssembly.Global;
  readonly WINDOW_BYTES: WebAssembly.Global;
  readonly input: WebAssembly.Global;
  readonly output: WebAssembly.Global;
  readonly references: WebAssembly.Global;
  begin(bit: number, windowBytes: number): void;
  beginStream(bit: number): void;
  beginSpan(): void;
  slide(): void;
  setInput(bytes: number, bit: number, isLast: number): void;
  inputBit(): number;
  outputBytes(): number;
  referenceBytes(): number;
  run(enoughBytes: number): number;
}

let compiled: WebAssembly.Module | undefined;

/**
 * Decodes DEFLATE in a WebAssembly instance of its own, so that what others decode between two calls does not
 * matter. It has 2.5 MiB of memory, which never grows.
 */
export class Inflater {
  /** For the input. */
  readonly input: Uint8Array;
  readonly #wasm: WasmExports;
  readonly #output: Uint8Array;
  readonly #window: Uint8Array;
  readonly #references: Uint8Array;

  constructor() {
    compiled ??= new WebAssembly.Module(wasm);
    const exports = new WebAssembly.Instance(compiled).exports as unknown as WasmExports;
    const bytes = (address: WebAssembly.Global, length: number) =>
      new Uint8Array(exports.memory.buffer, address.value, length);
    const windowBytes: number = exports.WINDOW_BYTES.value;
    this.#wasm = exports;
    this.input = bytes(exports.input, exports.INPUT_MAX_BYTES.value);
    this.#output = bytes(exports.output, exports.OUTPUT_MAX_BYTES.value);
    this.#references = bytes(exports.references, windowBytes);
    const windowStart = exports.output.value - windowBytes;
    this.#window = new Uint8Array(exports.memory.buffer, windowStart, windowBytes);
  }

  /** Begins with a stream, or in the middle of it, where a block begins. There is no input. */
  begin(window: Uint8Array = new Uint8Array()): void {
    const bytes = Math.min(window.length, this.#window.length);
    this.#window.set(window.subarray(window.length - bytes), this.#window.length - bytes);
    this.#wasm.setInput(0, 0, 0);
    this.#wasm.begin(0, bytes);
  }

  /** Begins another stream at a bit of the input. Its text comes after that of the last one. */
  beginStream(bit: number): void {
    this.#wasm.beginStream(bit);
  }

  /** Drops the text, and records the {@linkcode references} of what follows. */
  beginSpan(): void {
    this.#wasm.beginSpan();
  }

  /**
   * Says what is in {@linkcode input}.
   *
   * @param bytes how many bytes are valid
   * @param bit the first bit that was not used yet
   * @param isLast whether nothing follows
   */
  setInput(bytes: number, bit: number, isLast: boolean): void {
    this.#wasm.setInput(bytes, bit, Number(isLast));
  }

  /** The first bit of {@linkcode input} that was not used yet. */
  get inputBit(): number {
    return this.#wasm.inputBit();
  }

  /** Decodes as far as it can, or until a block ends and there are `enoughBytes` of text. */
  run(enoughBytes: number): InflateStatus {
    return STATUSES[this.#wasm.run(enoughBytes)]!;
  }

  /** The text that was decoded. Valid until the next call. */
  get text(): Uint8Array {
    return this.#output.subarray(0, this.#wasm.outputBytes());
  }

  /** Makes room for more output. The text must have been taken. */
  slide(): void {
    this.#wasm.slide();
  }

  /**
   * The end of the text before the span, as far as the span refers to it; other bytes are zero. Undefined if
   * the span refers to nothing before it.
   */
  get references(): Uint8Array | undefined {
    const bytes = this.#wasm.referenceBytes();
    return bytes === 0 ? undefined : this.#references.slice(this.#references.length - bytes);
  }
}
