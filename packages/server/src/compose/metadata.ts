/** The database, under the names by which everything else knows its ports. */
import { join } from "node:path";
import { createLiveNotices } from "../core/events/live-notices.ts";
import { announceProgress } from "../core/uploads/announce-progress.ts";
import { openSqlite } from "../metadata/sqlite.ts";

export type Stores = Awaited<ReturnType<typeof openMetadata>>;

/** Throws where the file is damaged: a server that went on would spread the damage. */
export async function openMetadata(
  { dataFolder, onFatal }: { dataFolder: string; onFatal: (error: Error) => void },
  opened: AsyncDisposableStack,
) {
  const metadata = await openSqlite({ file: join(dataFolder, "sampan.db"), onFatal });
  opened.defer(() => metadata.close());
  for (const problem of await metadata.quickCheck()) {
    throw new Error(`the database is damaged: ${problem}`);
  }
  const { blobs: index, uploads, quickCheck, close, ...stores } = metadata;
  const notices = createLiveNotices();
  return { ...stores, index, uploads: announceProgress(uploads, notices), notices };
}
