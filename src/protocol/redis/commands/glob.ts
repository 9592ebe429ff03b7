const STAR = "*";

// Texts have a character for each byte.
const CHARACTERS = 256;

/** Matches one character; undefined stands for a star, which matches any characters. */
type Part = ((character: string) => boolean) | undefined;

/**
 * Compiles a pattern by the rules of Redis: `*`, `?`, `[abc]`, `[a-c]`, `[^a]`, and a backslash before a character
 * that stands for itself.
 *
 * @returns matches short texts in a time that grows with the length of the pattern, not faster
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  const parts = parseGlob(pattern);
  const shortest = parts.filter((part) => part !== undefined).length;
  return (text) => text.length >= shortest && matches(parts, text);
}

// If it fails, the last star matches one character more: earlier stars never have to.
function matches(parts: readonly Part[], text: string): boolean {
  let part = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    if (part < parts.length && parts[part] === undefined) {
      star = part++;
      starAt = at;
    } else if (part < parts.length && parts[part]!(text[at]!)) {
      part++;
      at++;
    } else {
      if (star < 0) return false;
      part = star + 1;
      at = ++starAt;
    }
  }
  return part === parts.length || part === parts.length - 1 && parts[part] === undefined;
}

function parseGlob(pattern: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === STAR) {
      if (at === 0 || parts.at(-1) !== undefined) parts.push(undefined);
    } else if (character === "?") {
      parts.push(() => true);
    } else if (character === "[") {
      const end = endOfSet(pattern, at + 1);
      parts.push(characterSet(pattern.slice(at + 1, end)));
      at = end;
    } else {
      const isEscape = character === "\\" && at + 1 < pattern.length;
      const literal = isEscape ? pattern[++at]! : character;
      parts.push((found) => found === literal);
    }
  }
  return parts;
}

// A set that is not closed ends with the pattern.
function endOfSet(pattern: string, from: number): number {
  let at = from;
  while (at < pattern.length && pattern[at] !== "]") at += pattern[at] === "\\" ? 2 : 1;
  return Math.min(at, pattern.length);
}

// A table: a set may be as long as an argument, and is compared with many keys.
function characterSet(set: string): Part {
  const isNegated = set.startsWith("^");
  const members = new Uint8Array(CHARACTERS);
  for (let at = isNegated ? 1 : 0; at < set.length; at++) {
    if (set[at] === "\\" && at + 1 < set.length) at++;
    const first = set.charCodeAt(at);
    const isRange = set[at + 1] === "-" && at + 2 < set.length;
    if (isRange) at += 2;
    const last = set.charCodeAt(at);
    members.fill(1, Math.min(first, last), Math.max(first, last) + 1);
  }
  return (found) => (members[found.charCodeAt(0)] === 1) !== isNegated;
}
