import type { Client, Upload } from "@sampan/sdk";
import type { Keep } from "../state/keep.ts";
import type { Unfinished } from "./transfer.ts";

/** The ids of the uploads that this browser began, kept across reloads until they end. */
export interface RememberedUploads {
  add(uploadId: string): void;
  remove(uploadId: string): void;
  /** Those that the server still holds open; the others are forgotten. */
  findUnfinished(client: Pick<Client, "listUploads">): Promise<Unfinished[]>;
}

const KEY = "sampan.uploads";
const MAX_REMEMBERED = 1_000;

export function rememberUploads(device: Keep): RememberedUploads {
  const read = (): string[] => parseIds(device.read(KEY));
  const write = (ids: readonly string[]): void =>
    device.write(KEY, ids.length === 0 ? null : JSON.stringify(ids.slice(-MAX_REMEMBERED)));
  const remove = (uploadId: string): void => {
    const ids = read();
    if (ids.includes(uploadId)) write(ids.filter((id) => id !== uploadId));
  };
  return {
    remove,
    add(uploadId) {
      const ids = read();
      if (!ids.includes(uploadId)) write([...ids, uploadId]);
    },
    async findUnfinished(client) {
      const before = new Set(read());
      if (before.size === 0) return [];
      const open = (await listOpen(client)).filter(({ id }) => before.has(id));
      const openIds = new Set(open.map(({ id }) => id));
      // Another tab may have begun some meanwhile.
      write(read().filter((id) => openIds.has(id) || !before.has(id)));
      return open.map(toUnfinished);
    },
  };
}

async function listOpen(client: Pick<Client, "listUploads">): Promise<Upload[]> {
  const uploads: Upload[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listUploads({ limit: 1_000, cursor });
    uploads.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && uploads.length < 10_000);
  return uploads;
}

function toUnfinished({ id, name, size, receivedBytes }: Upload): Unfinished {
  return { uploadId: id, name, size: size ?? 0, heldBytes: receivedBytes };
}

function parseIds(text: string | null): string[] {
  if (text === null) return [];
  try {
    const ids: unknown = JSON.parse(text);
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
