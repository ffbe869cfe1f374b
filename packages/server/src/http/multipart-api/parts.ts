/**
 * Where the parts of one upload lie. The client counts from 1, and part i is what it read i-th, however short that read was.
 *
 *   main    a sized upload; part i at (i − 1) × part size, if it is as long as such a part must be
 *   annex   an unsized one beside it, made when the first part comes that is not; part i at (i − 1) × part size there
 *
 * Nearly always every part is in `main`, which then is the file. Else the parts in their order are: nothing is moved for that.
 */
import type { Piece } from "../../core/dialects/assemble-upload.ts";
import { planStretches } from "../../core/uploads/ranges.ts";
import type { Range, Upload } from "../../core/uploads/upload.ts";

export interface HeldParts {
  /** Numbers, ascending, of the parts that are wholly held. */
  readonly numbers: readonly number[];
  /** In order, as far as no number is missing. */
  readonly pieces: readonly Piece[];
  /** Numbers that are missing before the last that is held, or before the file is whole. */
  readonly missing: readonly number[];
}

export function partCount({ size, partSize }: { size: number; partSize: number }): number {
  return Math.ceil(size / partSize);
}

/** The place of a part that is as long as its number asks for; undefined for a number past the last. */
export function mainRange(
  { size, partSize }: { size: number; partSize: number },
  number: number,
): Range | undefined {
  const start = (number - 1) * partSize;
  return start < size ? { start, end: Math.min(size, start + partSize) } : undefined;
}

export function annexSlot({ partSize }: { partSize: number }, number: number): Range {
  return { start: (number - 1) * partSize, end: number * partSize };
}

export interface Holdings {
  readonly main: Upload & { size: number };
  readonly mainHeld: readonly Range[];
  readonly annex: Upload | undefined;
  readonly annexHeld: readonly Range[];
}

export function findParts(holdings: Holdings): HeldParts {
  const { main } = holdings;
  const last = Math.max(partCount(main), lastAnnexNumber(holdings));
  const numbers: number[] = [];
  const pieces: Piece[] = [];
  let isGapless = true;
  let sum = 0;
  for (let number = 1; number <= last; number++) {
    const piece = findPart(holdings, number);
    if (!piece) {
      isGapless = false;
      continue;
    }
    numbers.push(number);
    sum += piece.length;
    if (isGapless) pieces.push(piece);
  }
  const isHeld = new Set(numbers);
  // Short parts before it can make the part that the file would end with one too many.
  const end = sum === main.size ? (numbers.at(-1) ?? 0) : last;
  const missing = Array.from({ length: end }, (_, i) => i + 1).filter((i) => !isHeld.has(i));
  if (missing.length === 0 && sum < main.size) missing.push(end + 1);
  return { numbers, pieces, missing };
}

function findPart(
  { main, mainHeld, annex, annexHeld }: Holdings,
  number: number,
): Piece | undefined {
  const range = mainRange(main, number);
  if (range && covers(mainHeld, range))
    return { uploadId: main.id, offset: range.start, length: range.end - range.start };
  if (!annex) return undefined;
  const slot = annexSlot(main, number);
  const [held] = planStretches(annexHeld, slot);
  if (!held?.held) return undefined;
  return { uploadId: annex.id, offset: slot.start, length: held.end - slot.start };
}

function lastAnnexNumber({ main, annexHeld }: Holdings): number {
  const end = annexHeld.at(-1)?.end ?? 0;
  return Math.ceil(end / main.partSize);
}

function covers(held: readonly Range[], range: Range): boolean {
  return planStretches(held, range).every((stretch) => stretch.held);
}
