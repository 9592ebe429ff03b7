import { create, createButton } from "./elements.js";
import { formatCount, formatCountOf } from "./line_numbers.js";
import { createText } from "./text_nodes.js";

/** @import { JsonEntry, JsonNode } from "./json_nodes.js" */

/** More entries of an object or an array are shown on request. */
const ENTRIES_AT_ONCE = 200;

/** Levels that are open from the start. */
const OPEN_LEVELS = 2;

/** @param {JsonNode} root @returns {HTMLElement} a tree whose branches are built when they are opened */
export function createJsonView(root) {
  return create("div", "json", createEntry({ name: null, value: root }, 0));
}

/** @param {JsonEntry} entry @param {number} level @returns {HTMLElement} */
function createEntry({ name, value }, level) {
  const label = name === null ? [] : [create("span", "json-name", createText(name)), ": "];
  if (value.kind === "scalar") {
    const scalar = create("span", classOf(value.source), createText(value.source));
    return create("div", "json-leaf", ...label, scalar);
  }
  const { entries, kind } = value;
  if (entries.length === 0) {
    return create("div", "json-leaf", ...label, kind === "object" ? "{}" : "[]");
  }
  const count = formatCountOf(entries.length, kind === "object" ? "member" : "item");
  const summary = create("summary", "", ...label, create("span", "json-count", count));
  const body = create("div", "json-body");
  const details = create("details", "", summary, body);
  const open = () => {
    if (body.childElementCount === 0) addEntries(body, entries, 0, level + 1);
  };
  details.addEventListener("toggle", open);
  if (level < OPEN_LEVELS) {
    open();
    details.open = true;
  }
  return details;
}

/**
 * @param {HTMLElement} body
 * @param {readonly JsonEntry[]} entries
 * @param {number} from
 * @param {number} level
 */
function addEntries(body, entries, from, level) {
  const to = Math.min(from + ENTRIES_AT_ONCE, entries.length);
  body.append(...entries.slice(from, to).map((entry) => createEntry(entry, level)));
  if (to === entries.length) return;
  const more = createButton(`Show more (${formatCount(entries.length - to)} left)`, () => {
    more.remove();
    addEntries(body, entries, to, level);
  });
  body.append(more);
}

/** @param {string} source @returns {string} */
function classOf(source) {
  if (source.startsWith('"')) return "json-string";
  return /^[-\d]/.test(source) ? "json-number" : "json-word";
}
