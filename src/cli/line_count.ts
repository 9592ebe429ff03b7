/** Shows a number of lines to people: `1 line`, `2 lines`. */
export function formatLines(lines: number): string {
  return `${lines} ${lines === 1 ? "line" : "lines"}`;
}
