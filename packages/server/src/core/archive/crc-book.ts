/** The CRC-32 of each entry, as one reader of an archive comes to know them; what was computed is recorded for all later readers. */
import type { ArchiveIndex, BlobCrc } from "./archive-index.ts";
import type { ArchiveEntry } from "./archive-entry.ts";
import type { ArchivePlan } from "./archive-plan.ts";
import type { ComputeCrc } from "./content-crcs.ts";

/** So many in one write. */
const recordAtOnce = 1_000;

export interface CrcBook extends AsyncDisposable {
  /** Of a content that was read just now. */
  learn(position: number, crc32: number): Promise<void>;
  /** Was recorded before. */
  note(position: number, crc32: number): void;
  /** Of the entries `[from, to)`, computed where it must be. */
  find(from: number, to: number): Promise<Uint32Array>;
}

export function createCrcBook({
  index,
  plan,
  computeCrc,
  signal,
  onRecordError,
}: {
  index: ArchiveIndex;
  plan: ArchivePlan;
  computeCrc: ComputeCrc;
  signal: AbortSignal;
  /** Told when what was computed could not be kept: the download does not depend on it. */
  onRecordError: (error: unknown) => void;
}): CrcBook {
  const { entries } = plan;
  const values = new Uint32Array(entries.length);
  const isKnown = new Uint8Array(entries.length);
  let unrecorded: BlobCrc[] = [];

  const record = async (): Promise<void> => {
    const crcs = unrecorded;
    unrecorded = [];
    if (crcs.length > 0) await index.recordCrcs({ crcs }).catch(onRecordError);
  };
  const note = (position: number, crc32: number): void => {
    values[position] = crc32;
    isKnown[position] = 1;
  };
  const learn = async (position: number, crc32: number): Promise<void> => {
    note(position, crc32);
    const { blobId } = entries[position]!;
    if (blobId !== null) unrecorded.push({ blobId, crc32 });
    if (unrecorded.length >= recordAtOnce) await record();
  };
  const isMissing = ({ blobId, size }: ArchiveEntry, position: number): boolean =>
    isKnown[position] === 0 && blobId !== null && size > 0;

  return {
    learn,
    note,
    async find(from, to) {
      const wanted = Array.from({ length: to - from }, (_, i) => from + i);
      const missing = wanted.filter((position) => isMissing(entries[position]!, position));
      const recorded = await index.crcs([...new Set(missing.map((at) => entries[at]!.blobId!))]);
      for (const position of missing) {
        const { size } = entries[position]!;
        const blobId = entries[position]!.blobId!;
        const known = recorded.get(blobId);
        if (known === undefined) await learn(position, await computeCrc({ blobId, size }, signal));
        else note(position, known);
      }
      return values.subarray(from, to);
    },
    [Symbol.asyncDispose]: record,
  };
}
