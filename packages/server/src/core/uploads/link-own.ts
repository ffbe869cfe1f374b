/**
 * For protocols whose clients cannot prove that they have the bytes: a digest of any kind finds content among the owner's own files, and
 * nowhere else. Everything that others have is answered as unknown, in the same time.
 */
import type { Digests } from "../blobs/digest.ts";
import type { Clock } from "../clock.ts";
import type { FileEntry } from "../drive/file-store.ts";
import { parseName } from "../drive/name.ts";
import type { Actor } from "../events.ts";
import { newId } from "../ids.ts";
import type { InstantScope } from "./instant.ts";
import type { InstantStore } from "./instant-store.ts";
import type { ConflictPolicy } from "./upload.ts";

export interface LinkOwnContent {
  readonly ownerId: string;
  /** The folder that is to receive the file; the owner's root unless said. */
  readonly parentId?: string;
  readonly name: string;
  readonly mediaType?: string | null;
  /** All of them must be known of the content and equal; at least one. MD5 and SHA-1 are look-up keys, never identity. */
  readonly digests: Digests;
  /** Bytes; say so wherever the protocol does. */
  readonly size?: number;
  readonly onConflict?: ConflictPolicy;
  readonly actor: Actor;
}

/**
 * The new file, complete and durable; undefined when no file of the owner is known to have this content, then the bytes are needed. Throws
 * `name-refused`, `name-taken`, `quota-exceeded`.
 */
export type LinkOwn = (input: LinkOwnContent) => Promise<FileEntry | undefined>;

export function createLinkOwnContent({
  instant,
  clock,
  scope,
}: {
  instant: InstantStore;
  clock: Clock;
  scope: InstantScope;
}): LinkOwn {
  return async ({ mediaType = null, onConflict = "fail", ...content }) => {
    parseName(content.name);
    const { ownerId, digests, size } = content;
    const isNamed = Object.values(digests).some((digest) => digest !== undefined);
    if (scope === "off" || !isNamed) return undefined;
    const known = { ownerId, digests, ...(size === undefined ? {} : { size }) };
    if (!(await instant.findOwn(known))) return undefined;
    const now = clock.now();
    return instant.linkOwn({
      parentId: ownerId,
      ...content,
      mediaType,
      onConflict,
      fileId: newId(now),
      now,
    });
  };
}
