/** `POST /file/mpupload/init`: begins an upload of this content, or goes on with the one that is open. */
import { parseBytes } from "../shared/headers.ts";
import type { Actor } from "../../core/events.ts";
import { isOpen } from "../../core/uploads/upload.ts";
import { createTurns } from "../shared/chunks/finish-task.ts";
import { parseHexDigest } from "../shared/chunks/parse-digest.ts";
import { need, type Fields } from "../shared/fields.ts";
import type { PartsDependencies } from "./dependencies.ts";
import { dialect, findHoldings, type SizedUpload } from "./lookup.ts";
import { findParts, partCount } from "./parts.ts";

const mebibyte = 1024 * 1024;
/** What the family's own server gives. */
const usualPartBytes = 5 * mebibyte;

export interface InitData {
  readonly FileHash: string;
  readonly FileSize: number;
  readonly UploadID: string;
  readonly ChunkSize: number;
  readonly ChunkCount: number;
  readonly ChunkExists: readonly number[];
  /** The user has this content: `complete` needs no part. */
  readonly Instant: boolean;
}

export type InitUpload = (call: {
  ownerId: string;
  actor: Actor;
  fields: Fields;
}) => Promise<InitData>;

export function createInitUpload(dependencies: PartsDependencies): InitUpload {
  const { findOwn } = dependencies.instant;
  const inTurn = createTurns();
  return async ({ ownerId, actor, fields }) => {
    const hash = need(fields, ["filehash"]).toLowerCase();
    const digests = parseHexDigest(hash, "filehash");
    const size = parseBytes(need(fields, ["filesize"]), "filesize");
    const main = await inTurn(ownerId, () =>
      findOrCreate(dependencies, { ownerId, actor, hash, size }),
    );
    const data = await describe(dependencies, main);
    const own = dependencies.isInstantOn && (await findOwn({ ownerId, size, digests }));
    const isInstant =
      own !== false && own !== undefined && main.state === "receiving" && main.receivedBytes === 0;
    const all = Array.from({ length: data.ChunkCount }, (_, i) => i + 1);
    return isInstant ? { ...data, ChunkExists: all, Instant: true } : data;
  };
}

export async function describe(
  dependencies: Pick<PartsDependencies, "uploads" | "tasks">,
  main: SizedUpload,
): Promise<InitData> {
  const { id, size, partSize, claimed, state } = main;
  const task = await dependencies.tasks.find(id);
  const { numbers } = findParts(await findHoldings(dependencies, main));
  return {
    FileHash:
      task?.dialect === dialect
        ? hashOf(task.key)
        : (claimed.sha256 ?? claimed.sha1 ?? claimed.md5 ?? ""),
    FileSize: size,
    UploadID: id,
    ChunkSize: partSize,
    ChunkCount: partCount(main),
    ChunkExists: numbers,
    Instant: state === "complete" && numbers.length === 0 && size > 0,
  };
}

const keyOf = (hash: string, size: number): string => `${hash} ${size}`;
const hashOf = (key: string): string => key.split(" ", 1)[0]!;

async function findOrCreate(
  { tasks, uploads, createUpload, clock, limits }: PartsDependencies,
  { ownerId, actor, hash, size }: { ownerId: string; actor: Actor; hash: string; size: number },
): Promise<SizedUpload> {
  const key = keyOf(hash, size);
  const known = await tasks.findByKey({ ownerId, dialect, key });
  const open = known && (await uploads.find(known.uploadId));
  if (open && isOpen(open) && open.expiresAt > clock.now()) return { ...open, size };
  const { upload } = await createUpload({
    ownerId,
    actor,
    dialect,
    // Until the last call says the name.
    name: hash,
    size,
    claimed: parseHexDigest(hash, "filehash"),
    partSize: Math.max(usualPartBytes, Math.ceil(size / limits.maxParts / mebibyte) * mebibyte),
    onConflict: "keep-distinct",
  });
  const task = { uploadId: upload.id, ownerId, dialect, key, totalChunks: null, chunkSize: null };
  await tasks.put({ task, chunkHashes: null, now: clock.now() });
  return { ...upload, size };
}
