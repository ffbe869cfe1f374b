import type { ByteRange, HashSourceOptions } from "../source.ts";

/** Which bytes are being fetched: a sink keeps only what belongs to the same content. */
export interface HeldContent {
  /** A strong entity tag. */
  etag: string;
  size: number;
}

/** Where a download goes, and what survives of it when the process does not. */
export interface DownloadSink {
  /** Resolves to what an earlier call durably left of this content; forgets any other content. */
  open(content: HeldContent): Promise<ByteRange[]>;
  /** Positions may come in any order, several at once, never overlapping. */
  write(position: number, chunks: readonly Uint8Array[]): Promise<void>;
  /** Afterwards the held ranges, all written before, survive a kill and a power cut. */
  checkpoint(held: readonly ByteRange[]): Promise<void>;
  /** Digest (hex) of everything written. */
  sha256(options: HashSourceOptions): Promise<string>;
  /** Puts the whole content in its final place at once. */
  publish(): Promise<void>;
  /** Forgets every byte. */
  discard(): Promise<void>;
  /** Releases what is open; what was checkpointed stays for the next call. */
  close(): Promise<void>;
}
