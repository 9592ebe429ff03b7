import type { LoadReport, StepReport } from "../load_report.ts";

/** From this relative difference on, the first byte is worth its own figures. */
const DIFFERENCE_MIN = 0.05;

/**
 * Whether first bytes arrived noticeably before last bytes in a step. They do not if each reply
 * arrives in one piece.
 */
export function hasOwnFirstByte({ targets }: LoadReport): boolean {
  return targets.some(({ steps }) => steps.some(differs));
}

function differs({ firstByte, latency, uncorrected }: StepReport): boolean {
  // Both are counted from when a request was sent.
  const lastByte = uncorrected ?? latency;
  if (firstByte === null || lastByte === null) return false;
  return firstByte.averageMs < lastByte.averageMs * (1 - DIFFERENCE_MIN);
}
