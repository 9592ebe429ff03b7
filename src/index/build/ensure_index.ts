import { describeSystemError } from "../../source/messages.ts";
import { openText } from "../../source/open_text.ts";
import { detectCodec } from "../../source/compressed/codecs.ts";
import { isRemote } from "../../source/remote/remote_location.ts";
import type { TextSource } from "../../source/text_source.ts";
import type { CodecName } from "../../source/compressed/codec.ts";
import { type IndexHeader, sameIndex } from "../format/header.ts";
import { type CheckedIndex, checkFreshness, checkIndex, noStampReason } from "../freshness.ts";
import { IndexError } from "../index_error.ts";
import { openIndexInOrder } from "../index_reader.ts";
import { readPages } from "../read_pages.ts";
import { acquireDraft, type BuildOptions, type BuildResult, writeIndex } from "./build_index.ts";
import type { IndexDraft } from "./index_draft.ts";
import { indexPlaceOf } from "./index_place.ts";
import { recordStamp } from "./record_stamp.ts";
import { findDifference } from "./verify_index.ts";

/**
 * What to do with an index if only a comparison of every line shows whether it is right:
 *
 * - `compare`: compare, and build the index again if a line differs
 * - `trust`: use the index without a comparison
 */
export type UnsurePolicy = "compare" | "trust";

/**
 * What to do if a text has grown, but its index cannot be written:
 *
 * - `fail`: throw
 * - `use old index`: use the index of what the text was before
 */
export type UnwritablePolicy = "fail" | "use old index";

/** How the index of a text is ensured. */
export interface EnsureOptions extends Omit<BuildOptions, "codec"> {
  /** What {@linkcode openText} opens. */
  readonly textPath: string;
  /**
   * Whether the bytes of a compressed file are the text.
   *
   * @default {false: it is unpacked}
   */
  readonly raw?: boolean;
  /** Build it even if it is fresh. */
  readonly force?: boolean;
  /** @default {"compare"} */
  readonly ifUnsure?: UnsurePolicy;
  /** @default {"fail"} */
  readonly ifUnwritable?: UnwritablePolicy;
  /**
   * What is read of an index that is fresh: the `header`, or all `pages`, which must have the right checksums.
   *
   * @default {"header"}
   */
  readonly check?: "header" | "pages";
  /** Called when the building begins, with the reason in a few words. */
  readonly onBuild?: (reason: string) => void;
  /** Called when a comparison begins, with the reason in a few words. */
  readonly onCompare?: (reason: string) => void;
  /** As `onProgress`, of a comparison. */
  readonly onCompareProgress?: (doneBytes: number, textBytes: number) => void;
  /** Called when the lines were compared and the index is right. */
  readonly onAgree?: (compared: Comparison) => void;
}

/** A comparison that found no difference. */
export interface Comparison {
  readonly header: IndexHeader;
  /** Why the next start will compare again, in a few words; undefined if it will not. */
  readonly repeatedBecause?: string;
}

/** An index that can be used. */
export interface EnsuredIndex {
  readonly checked: CheckedIndex;
  /** What was built; undefined if the index was fresh, or another process built it in the meantime. */
  readonly built: BuildResult | undefined;
  /**
   * Why the index is of what the text was before it has grown: later lines are missing, and the last line may have
   * been continued. Undefined if the index is of all of the text.
   */
  readonly notExtended?: IndexError;
}

/** What is to be done with an index. */
type Plan =
  | { readonly kind: "use"; readonly checked: CheckedIndex }
  | { readonly kind: "build"; readonly reason: string; readonly takeOver?: CheckedIndex };

/**
 * Builds the index of a text if it is missing, damaged or stale. A file at its path that is not an index is
 * never overwritten, not even with `force`.
 *
 * If the text has grown, what it was before is taken over from the old index. If its modification time does not
 * show whether the index is right, every line is compared.
 *
 * @throws {TextError} (as a rejection) if the text cannot be read, or changed in the meantime
 * @throws {IndexError} (as a rejection) `foreign`, `unreadable` or `unwritable`
 * @throws the signal's reason, if it was aborted
 */
export async function ensureIndex(options: EnsureOptions): Promise<EnsuredIndex> {
  const { ifUnsure = "compare", ifUnwritable = "fail" } = options;
  const first = await planFor(options, ifUnsure);
  if (first.kind === "use") return { checked: first.checked, built: undefined };
  try {
    return await buildLocked(first.reason, options, ifUnsure);
  } catch (error) {
    const old = first.takeOver;
    if (ifUnwritable === "fail" || old === undefined || !isUnwritable(error)) throw error;
    return { checked: old, built: undefined, notExtended: error };
  }
}

// Builds the index, unless another process has built it in the meantime.
async function buildLocked(
  reason: string,
  options: EnsureOptions,
  ifUnsure: UnsurePolicy,
): Promise<EnsuredIndex> {
  await using place = await indexPlaceOf(options.indexPath, options.signal);
  using draft = await acquireDraft(options.textPath, { ...options, indexPath: place.path });
  // The text is opened again: it may have changed while another process was waited for.
  await using text = await openText(options.textPath, { mayBlock: true });
  const buildOptions = { ...options, codec: await codecFor(text, options) };
  // What was compared before and differed is not compared again.
  const plan = await planOf(text, buildOptions, ifUnsure === "trust" ? "trust" : "build");
  if (plan.kind === "use") return { checked: plan.checked, built: undefined };
  options.onBuild?.(reason);
  const writeOptions = { ...buildOptions, indexPath: place.path };
  const built = await build(text, draft, writeOptions, options.indexPath, plan.takeOver?.header);
  await place.publish();
  return { checked: built, built };
}

async function planFor(options: EnsureOptions, ifUnsure: UnsurePolicy): Promise<Plan> {
  if (options.force === true) return await forcedPlan(options.indexPath);
  await using text = await openText(options.textPath, { mayBlock: true });
  return await planOf(text, { ...options, codec: await codecFor(text, options) }, ifUnsure);
}

async function codecFor(text: TextSource, { raw }: EnsureOptions): Promise<CodecName | undefined> {
  return raw === true ? undefined : await detectCodec(text);
}

async function planOf(
  text: TextSource,
  options: EnsureOptions & Pick<BuildOptions, "codec">,
  ifUnsure: UnsurePolicy | "build",
): Promise<Plan> {
  const { indexPath, linesPerPage, codec, force, check } = options;
  if (force === true) return await forcedPlan(indexPath);
  const freshness = await checkFreshness(text, indexPath, {
    codec,
    raw: options.raw,
    linesPerPage,
  });
  switch (freshness.kind) {
    case "stale":
      return { kind: "build", reason: freshness.reason };
    case "grown": {
      const { header, reason } = freshness;
      return { kind: "build", reason, takeOver: { header, text: text.identity } };
    }
    case "unsure":
      if (ifUnsure === "build") return { kind: "build", reason: freshness.reason };
      if (ifUnsure === "compare") return await planByComparison(text, options, freshness.reason);
      break;
    case "fresh":
      break;
    default:
      return freshness satisfies never;
  }
  const { header } = freshness;
  const damage = check === "pages" ? await findDamage(indexPath, options.signal) : undefined;
  if (damage !== undefined) return { kind: "build", reason: damage };
  return { kind: "use", checked: { header, text: text.identity } };
}

// Throws if something is at the path that must not be replaced.
async function forcedPlan(indexPath: string): Promise<Plan> {
  await checkIndex(indexPath);
  return { kind: "build", reason: "--force was given" };
}

async function planByComparison(
  text: TextSource,
  options: EnsureOptions,
  doubt: string,
): Promise<Plan> {
  const { indexPath, signal, onCompareProgress: onProgress } = options;
  options.onCompare?.(doubt);
  await using index = await openIndexInOrder(indexPath);
  const { header } = index;
  const difference = await unlessDamaged(() =>
    findDifference(text, index, {
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    })
  );
  if (difference !== undefined) return { kind: "build", reason: difference };
  options.onAgree?.({ header, ...await recordStampOf(text, indexPath, header) });
  return { kind: "use", checked: { header, text: text.identity } };
}

// So that the next start need not compare.
async function recordStampOf(
  text: TextSource,
  indexPath: string,
  header: IndexHeader,
): Promise<Pick<Comparison, "repeatedBecause">> {
  if (text.versionStamp === undefined) {
    return { repeatedBecause: noStampReason(text) };
  }
  try {
    const { versionStamp } = text;
    if (isRemote(indexPath)) {
      const { recordRemoteStamp } = await import("./remote_place.ts");
      await recordRemoteStamp(indexPath, header, versionStamp);
    } else recordStamp(indexPath, header, versionStamp);
    return {};
  } catch (error) {
    // Its own message would be a sentence in a sentence.
    const cause = error instanceof IndexError ? error.cause ?? error : error;
    return { repeatedBecause: `cannot write the index: ${describeSystemError(cause)}` };
  }
}

function findDamage(indexPath: string, signal?: AbortSignal): Promise<string | undefined> {
  return unlessDamaged(async () => {
    await using index = await openIndexInOrder(indexPath);
    for await (const _pages of readPages(index, signal));
    await index.blockTable?.verify(signal);
    return undefined;
  });
}

// Does something with an index; if the index turns out to be damaged, says so.
async function unlessDamaged(
  action: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return await action();
  } catch (error) {
    if (isDamaged(error)) return "it is damaged";
    throw error;
  }
}

function isDamaged(error: unknown): boolean {
  return error instanceof IndexError && error.problem === "damaged";
}

function isUnwritable(error: unknown): error is IndexError {
  return error instanceof IndexError && error.problem === "unwritable";
}

async function build(
  text: TextSource,
  draft: IndexDraft,
  options: BuildOptions,
  oldPath: string,
  takeOver: IndexHeader | undefined,
): Promise<BuildResult> {
  if (takeOver === undefined || takeOver.lines === 0) return await writeIndex(text, draft, options);
  await using old = await openIndexInOrder(oldPath);
  try {
    if (sameIndex(old.header, takeOver)) return await writeIndex(text, draft, options, old);
  } catch (error) {
    // What was written is overwritten: nothing of a damaged index is used.
    if (!isDamaged(error)) throw error;
  }
  return await writeIndex(text, draft, options);
}
