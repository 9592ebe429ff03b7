// A multiple of 3, so that no padding is needed between the parts.
const BASE64_PART_BYTES: number = 3 * 8 * 1024;

/** Encodes UTF-8 as the inside of a JSON string, without its quotes. */
export function jsonStringEncoder(): TransformStream<Uint8Array, string> {
  // A decoder ends a string where a character ends, so no pair of surrogates is split.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(escape(decoder.decode(chunk, { stream: true })));
    },
    flush(controller) {
      controller.enqueue(escape(decoder.decode()));
    },
  });
}

/** Encodes bytes in Base64. */
export function base64Encoder(): TransformStream<Uint8Array, string> {
  let rest = new Uint8Array();
  return new TransformStream({
    transform(chunk, controller) {
      const bytes = new Uint8Array(rest.length + chunk.length);
      bytes.set(rest);
      bytes.set(chunk, rest.length);
      const end = bytes.length - bytes.length % 3;
      controller.enqueue(toBase64(bytes.subarray(0, end)));
      rest = bytes.slice(end);
    },
    flush(controller) {
      controller.enqueue(toBase64(rest));
    },
  });
}

/** The Base64 form of bytes, with padding. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += BASE64_PART_BYTES) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + BASE64_PART_BYTES)));
  }
  return text;
}

function escape(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
