import { expect } from "vitest";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeUploadStore } from "../core/uploads/upload-store.suite.ts";
import type { Stores } from "../core/uploads/upload-store.suite.ts";
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
