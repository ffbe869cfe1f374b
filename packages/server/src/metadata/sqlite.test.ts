import { expect } from "vitest";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeAccountStore } from "../core/accounts/account-store.suite.ts";
import { describePeopleStore } from "../core/accounts/people-store.suite.ts";
import { describeArchiveIndex } from "../core/archive/archive-index.suite.ts";
import { describeSelectionStore } from "../core/archive/selection-store.suite.ts";
import { describeBlobIndex } from "../core/blobs/blob-index.suite.ts";
import { describeEventLog } from "../core/events/event-log.suite.ts";
import { describeFileStore } from "../core/drive/file-store.suite.ts";
import { describeNameSearch } from "../core/drive/name-search.suite.ts";
import { describeNodeStore } from "../core/drive/node-store.suite.ts";
import { describeFetchStore } from "../core/fetches/fetch-store.suite.ts";
import { describeJobQueue } from "../core/jobs/job-queue.suite.ts";
import { describeDerivedStore } from "../core/previews/derived-store.suite.ts";
import { describeInstantStore } from "../core/uploads/instant-store.suite.ts";
import { describeTaskStore } from "../core/dialects/task-store.suite.ts";
import { describeShareStore } from "../core/sharing/share-store.suite.ts";
import { describeUploadStore } from "../core/uploads/upload-store.suite.ts";
import type { Stores } from "../core/uploads/testing/stores.ts";
import { openSqlite } from "./sqlite.ts";

async function open(): Promise<Stores> {
  const folder = await mkdtemp(join(tmpdir(), "sampan-metadata-"));
  const metadata = await openSqlite({
    file: join(folder, "metadata.db"),
    // The same commands as in the writer's thread, without the time that it takes to start one for each test.
    writer: "inline",
    onFatal: (error) => {
      throw error;
    },
  });
  return {
    ...metadata,
    async close() {
      expect(await metadata.quickCheck()).toEqual([]);
      await metadata.close();
      await rm(folder, { recursive: true });
    },
  };
}

describeUploadStore("SQLite", open);
describeBlobIndex("SQLite", open);
describeArchiveIndex("SQLite", open);
describeSelectionStore("SQLite", open);
describeFileStore("SQLite", open);
describeNodeStore("SQLite", open);
describeNameSearch("SQLite", open);
describeAccountStore("SQLite", open);
describePeopleStore("SQLite", open);
describeJobQueue("SQLite", open);
describeFetchStore("SQLite", open);
describeDerivedStore("SQLite", open);
describeInstantStore("SQLite", open);
describeEventLog("SQLite", open);
describeTaskStore("SQLite", open);
describeShareStore("SQLite", open);
