// The structure of a JSON text. `JSON.parse` is not enough: it rounds large numbers and drops
// members whose name occurs twice, and a viewer must show what is there.

/**
 * - `scalar`: `source` is the value as it is written.
 * - `object` and `array`: their entries, in order; `name` is `null` in an array.
 *
 * @typedef {{ readonly kind: "scalar", readonly source: string }
 *   | { readonly kind: "object" | "array", readonly entries: JsonEntry[] }} JsonNode
 * @typedef {{ readonly name: string | null, readonly value: JsonNode }} JsonEntry
 */

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s[\]{},:"]+/g;

/**
 * @param {string} text
 * @returns {JsonNode | null} `null` if the text is no JSON, or neither an object nor an array
 */
export function parseJson(text) {
  if (!/^\s*[[{]/.test(text) || !isJson(text)) return null;
  /** @type {Extract<JsonNode, { kind: "object" | "array" }>[]} */
  const open = [];
  /** @type {string | null} */
  let name = null;
  /** @type {JsonNode | null} */
  let root = null;
  for (const [token] of text.matchAll(TOKEN)) {
    const parent = open.at(-1);
    if (token === "," || token === ":") continue;
    if (token === "]" || token === "}") {
      open.pop();
      continue;
    }
    if (parent?.kind === "object" && name === null) {
      name = token;
      continue;
    }
    const node = nodeOf(token);
    parent?.entries.push({ name, value: node });
    root ??= node;
    name = null;
    if (node.kind !== "scalar") open.push(node);
  }
  return root;
}

/** @param {string} token @returns {JsonNode} */
function nodeOf(token) {
  if (token === "{") return { kind: "object", entries: [] };
  if (token === "[") return { kind: "array", entries: [] };
  return { kind: "scalar", source: token };
}

/** @param {string} text @returns {boolean} */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
