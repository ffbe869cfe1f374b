/**
 * A download on disk. Beside `<target>` lie, until it is published:
 *
 * - `<target>.sampan-part`: the bytes, at their final positions
 * - `<target>.sampan-part.json`: which of them are durable, and of which content
 *
 * Publishing is fsync → rename (or link, when nothing may be overwritten) → fsync of the folder, so
 * the target is never half a file. A second process fetching the same target at the same time is
 * not supported.
 */
import { constants } from "node:fs";
import { link, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { DownloadSink, HeldContent } from "../download/sink.ts";
import { SampanError } from "../errors.ts";
import { hasErrno, isMissing } from "./fs-errors.ts";
import { startTrailingHash, type TrailingHash } from "./hash-file.ts";
import { readResumeState, writeResumeState } from "./resume-state.ts";

export interface FileSinkOptions {
  /** Replace a file that is already there. Default false: `target-exists`. */
  overwrite?: boolean | undefined;
}

interface Opened {
  file: FileHandle;
  content: HeldContent;
  hash: TrailingHash;
}

export function fileSink(path: string, options: FileSinkOptions = {}): DownloadSink {
  const target = resolve(path);
  const partPath = `${target}.sampan-part`;
  const statePath = `${partPath}.json`;
  let opened: Opened | null = null;

  function requireOpened(): Opened {
    if (opened === null) throw new Error("The sink is not open");
    return opened;
  }

  async function close(): Promise<void> {
    opened?.hash.cancel();
    await opened?.file.close();
    opened = null;
  }

  async function discard(): Promise<void> {
    await close();
    await rm(statePath, { force: true });
    await rm(partPath, { force: true });
  }

  return {
    async open(content) {
      if (options.overwrite !== true) await requireAbsent(target);
      const state = await readResumeState(statePath);
      const isSame = state?.etag === content.etag && state.size === content.size;
      const isWhole = isSame && (await sizeOf(partPath)) === content.size;
      if (!isWhole) await discard();
      const file = await open(partPath, constants.O_RDWR | constants.O_CREAT, 0o666);
      await file.truncate(content.size);
      const held = isWhole ? state.held : [];
      const hash = startTrailingHash(partPath, content.size);
      opened = { file, content, hash };
      await writeResumeState(statePath, { ...content, held });
      advance(hash, held);
      return [...held];
    },
    write: (position, chunks) => writeAll(requireOpened().file, { position, chunks }),
    async checkpoint(held) {
      const { file, content, hash } = requireOpened();
      await file.datasync();
      await writeResumeState(statePath, { ...content, held });
      advance(hash, held);
    },
    sha256: (hashing) => requireOpened().hash.finish(hashing),
    async publish() {
      await requireOpened().file.sync();
      await close();
      if (options.overwrite === true) await rename(partPath, target);
      else await publishNew(partPath, target);
      // Still there after a link, and after a rename onto its own earlier link.
      await rm(partPath, { force: true });
      await rm(statePath, { force: true });
      await syncFolder(dirname(target));
    },
    discard,
    close,
  };
}

/** Bytes from 0 without a gap are final: they can be hashed while the rest arrives. */
function advance(hash: TrailingHash, held: Parameters<DownloadSink["checkpoint"]>[0]): void {
  if (held[0]?.start === 0) hash.advance(held[0].end);
}

/** `writev` may be short: goes on until everything is written. */
async function writeAll(
  file: FileHandle,
  { position, chunks }: { position: number; chunks: readonly Uint8Array[] },
): Promise<void> {
  let rest = [...chunks];
  let at = position;
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, at);
    at += bytesWritten;
    rest = dropBytes(rest, bytesWritten);
  }
}

function dropBytes(chunks: Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  for (const [index, chunk] of chunks.entries()) {
    if (left < chunk.byteLength) return [chunk.subarray(left), ...chunks.slice(index + 1)];
    left -= chunk.byteLength;
  }
  return [];
}

/** A hard link refuses to overwrite. Where links do not exist, a look before the rename must do. */
async function publishNew(partPath: string, target: string): Promise<void> {
  try {
    await link(partPath, target);
  } catch (error) {
    if (hasErrno(error, "EEXIST")) throw targetExists(target);
    if (!hasErrno(error, "EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP", "EMLINK")) throw error;
    await requireAbsent(target);
    await rename(partPath, target);
  }
}

async function requireAbsent(path: string): Promise<void> {
  if ((await sizeOf(path)) !== null) throw targetExists(path);
}

function targetExists(path: string): SampanError {
  return new SampanError(`${path} already exists`, { code: "target-exists" });
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, constants.O_RDONLY);
  await folder.sync();
}
