/**
 * What the engine promises, as plain data: the state that a client may rely on, and how each operation changes it. An operation has
 * alternatives where the outcome depends on timing; everything else has one.
 */
import type { Digests } from "../blobs/digest.ts";
import { nameKey } from "../drive/name-key.ts";
import { contiguousEnd, missingWithin, planStretches } from "../uploads/ranges.ts";
import type { ConflictPolicy, Durability, Range, UploadState } from "../uploads/upload.ts";

export interface ModelUpload {
  readonly key: number;
  id: string;
  readonly name: string;
  readonly onConflict: ConflictPolicy;
  readonly durability: Durability;
  claimed: Digests;
  readonly autoComplete: boolean;
  readonly partSize: number;
  /** What its client means to send. */
  readonly intended: Uint8Array;
  size: number | null;
  state: UploadState;
  /** Ascending, disjoint, merged. */
  held: Range[];
  /** What was sent to where it is held. */
  bytes: Uint8Array;
  /** At least this is held; absent where `held` is exact. */
  floor?: Range[];
  expiresAt: number;
}

/** A body whose sender stalls after `sent`. */
export interface Stalled {
  readonly key: number;
  readonly range: Range;
  readonly sent: Uint8Array;
}

export interface State {
  uploads: ModelUpload[];
  /** By name. */
  files: Record<string, Uint8Array>;
  /** What files were before, by their present name: it counts against the quota. */
  older: Record<string, Uint8Array[]>;
  stalled: Stalled | undefined;
  now: number;
}

/** How an operation may end: what its caller hears, and what is true from then on. */
export interface Alternative {
  readonly outcome: string;
  readonly state: State;
}

export function emptyState(now: number): State {
  return { uploads: [], files: {}, older: {}, stalled: undefined, now };
}

/** A change of a copy. */
export function change(state: State, apply: (next: State) => void): State {
  const next = structuredClone(state);
  apply(next);
  return next;
}

export function uploadOf(state: State, key: number): ModelUpload {
  const upload = state.uploads.find((one) => one.key === key);
  if (!upload) throw new Error(`there is no upload ${key}`);
  return upload;
}

export function addRange(held: readonly Range[], range: Range): Range[] {
  if (range.start >= range.end) return [...held];
  const merged: Range[] = [];
  for (const { start, end } of [...held, range].toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && last.end >= start)
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else merged.push({ start, end });
  }
  return merged;
}

export function contains(outer: readonly Range[], inner: readonly Range[]): boolean {
  return inner.every((range) => missingWithin(planStretches(outer, range), range).length === 0);
}

export const receivedOf = ({ held }: ModelUpload): number =>
  held.reduce((sum, { start, end }) => sum + end - start, 0);
export const offsetOf = ({ held }: ModelUpload): number => contiguousEnd(held);
export const isOpenState = (state: UploadState): boolean =>
  state === "receiving" || state === "paused" || state === "completing";

/** What an upload that takes no bytes says to those who bring some. */
export function refusalOf({ state }: ModelUpload): string | undefined {
  return state === "receiving"
    ? undefined
    : `upload-${state === "completing" ? "complete" : state}`;
}

/** Takes bytes that are missing; false, and nothing taken, where they contradict what is held. */
export function hold(upload: ModelUpload, { start, bytes }: { start: number; bytes: Uint8Array }) {
  const range = { start, end: start + bytes.length };
  for (const stretch of planStretches(upload.held, range)) {
    if (!stretch.held) continue;
    const sent = bytes.subarray(stretch.start - start, stretch.end - start);
    if (Buffer.compare(sent, upload.bytes.subarray(stretch.start, stretch.end)) !== 0) return false;
  }
  if (upload.bytes.length < range.end) {
    const grown = new Uint8Array(range.end);
    grown.set(upload.bytes);
    upload.bytes = grown;
  }
  upload.bytes.set(bytes, start);
  upload.held = addRange(upload.held, range);
  return true;
}

/** The name that a file gets, or undefined where the policy refuses. */
export function placeName(
  state: State,
  { name, onConflict }: { name: string; onConflict: ConflictPolicy },
): { name: string; replaces: string | undefined } | undefined {
  const twin = twinOf(state, name);
  if (twin === undefined) return { name, replaces: undefined };
  if (onConflict === "fail") return undefined;
  if (onConflict === "replace") return { name, replaces: twin };
  return {
    name: freeName(name, (other) => twinOf(state, other) !== undefined),
    replaces: undefined,
  };
}

/** The next number after a taken one, found by doubling and halving: not always the lowest. */
function freeName(name: string, isTaken: (name: string) => boolean): string {
  const dot = name.lastIndexOf(".");
  const numbered = (number: number) => `${name.slice(0, dot)} (${number})${name.slice(dot)}`;
  let taken = 1;
  let free = 2;
  for (let step = 1; isTaken(numbered(free)); step *= 2) [taken, free] = [free, free + step];
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2);
    if (isTaken(numbered(middle))) taken = middle;
    else free = middle;
  }
  return numbered(free);
}

/** Names that differ in letter case or normal form are twins: one place. */
export function twinOf({ files }: State, name: string): string | undefined {
  return Object.keys(files).find((other) => nameKey(other) === nameKey(name));
}

export function putFile(
  state: State,
  file: { name: string; onConflict: ConflictPolicy; bytes: Uint8Array },
): boolean {
  const place = placeName(state, file);
  if (!place) return false;
  const { replaces } = place;
  if (replaces !== undefined) {
    const replaced = state.files[replaces]!;
    const older = state.older[replaces] ?? [];
    forgetFile(state, replaces);
    // The same content again is no newer version.
    const isNewer = Buffer.compare(replaced, file.bytes) !== 0;
    state.older[place.name] = isNewer ? [...older, replaced] : older;
  }
  state.files[place.name] = file.bytes;
  return true;
}

export function forgetFile({ files, older }: State, name: string): void {
  delete files[name];
  delete older[name];
}
