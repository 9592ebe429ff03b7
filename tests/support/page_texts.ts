/** A file that the page shows in tests: its lines are computed, not stored. */
export interface PageText {
  readonly name: string;
  readonly lines: number;
  /** Line n, from 1. */
  line(n: number): Uint8Array<ArrayBuffer>;
}

const ENCODER = new TextEncoder();

function encode(text: string): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(text);
}

/** A file whose line n is `line n`. */
export function numberedText(lines: number): PageText {
  return { name: "numbers.txt", lines, line: (n) => encode(`line ${n}`) };
}

/** A log with colours and JSON, whose lines are computed from their numbers. */
export function logText(lines: number): PageText {
  return { name: "orders.log", lines, line: (n) => encode(logLine(n)) };
}

const LEVELS = ["\x1b[32mINFO \x1b[0m", "\x1b[36mDEBUG\x1b[0m", "\x1b[33mWARN \x1b[0m"];
const PATHS = ["/cart", "/orders", "/login", "/items", "/health", "/checkout"];

function logLine(n: number): string {
  // The numbers look random, but depend on n only.
  let hash = Math.imul(n % 0x7fffffff, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash = (hash ^ (hash >>> 13)) >>> 0;
  const time = new Date(1_764_000_000_000 + n * 7).toISOString();
  const path = PATHS[hash % PATHS.length]!;
  if (hash % 11 === 0) {
    const order = { id: n, customer: `c-${hash % 9000}`, total: (hash % 50000) / 100, paid: true };
    const items = [{ sku: `A-${hash % 700}`, count: 1 + hash % 4 }, { sku: "B-17", count: 1 }];
    return JSON.stringify({ time, event: "order", order: { ...order, items }, region: "eu-north" });
  }
  if (hash % 37 === 1) {
    return `${time} \x1b[1;31mERROR\x1b[0m payment  \x1b[1mcard declined\x1b[0m order=${n} retry=3`;
  }
  const level = LEVELS[hash % 29 === 0 ? 2 : hash % 5 === 0 ? 1 : 0];
  const status = hash % 23 === 0 ? "\x1b[33m404\x1b[0m" : "\x1b[32m200\x1b[0m";
  return `${time} ${level} http     GET ${path}/${hash % 100000} ${status} ${hash % 240} ms ` +
    `\x1b[2mclient=10.0.${hash % 250}.${n % 250}\x1b[0m`;
}

/** Bytes of the longest line of {@link hostileText}. */
export const LONG_LINE_BYTES = 10_000_000;

/** The lines that try to do harm, from line 1; the others are `line n`. */
export const HOSTILE_LINES: readonly Uint8Array<ArrayBuffer>[] = [
  encode("<script>alert(1)</script><img src=x onerror=alert(2)>"),
  encode('<style>*{display:none}</style><iframe src="https://example.com/"></iframe>'),
  encode('"><svg onload=alert(3)><a href="javascript:alert(4)">x</a>'),
  encode("abc \u202Etxt.exe\u2066 \u2067 \u200F end \u2069\u202C"),
  encode("شكرا 123 עברית abc"),
  encode("nul \0 bell \x07 esc \x1b backspace \b\b\b delete \x7f next\x85line"),
  Uint8Array.of(0x62, 0x61, 0x64, 0x20, 0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80),
  encode(
    "\x1b[31mred\x1b[0m \x1b[38;5;208morange\x1b[0m \x1b[38;2;10;200;90mgreen \x1b[7minverse\x1b[m",
  ),
  encode("\x1b[38;5m\x1b[999;;;;m\x1b[48;2;1m\x1b[2J\x1b]0;title\x07\x1b[m\x1b[3"),
  encode(""),
  encode("a\rb\r\rc"),
  encode("W".repeat(5000)),
  encode("Z\u0351\u036B\u0343".repeat(60)),
  encode(`${'{"a":['.repeat(500)}1${"]}".repeat(500)}`),
  encode('{"big":12345678901234567890,"twice":1,"twice":2,"html":"<b>\\u202e","list":[1,[],{}]}'),
  encode("\u2028one\u2029two\uFEFFthree\u{E0041}"),
];

/** Line number of the line of {@link LONG_LINE_BYTES}. */
export const LONG_LINE = HOSTILE_LINES.length + 1;

/** A file that tries to do harm. */
export function hostileText(): PageText {
  return {
    name: "<b>hostile\u202E.log",
    lines: 3000,
    line(n) {
      if (n === LONG_LINE) return new Uint8Array(LONG_LINE_BYTES).fill(0x78);
      return HOSTILE_LINES[n - 1] ?? encode(`line ${n}`);
    },
  };
}
