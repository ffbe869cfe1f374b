import { randomUUID } from "node:crypto";
import type { CreateFetch, Fetch } from "../wire.ts";
import { FakeProblem } from "./fake-problem.ts";

export type FakeFetches = ReturnType<typeof createFakeFetches>;

/** Offline downloads that nothing is fetched for: a test says what becomes of each. */
export function createFakeFetches() {
  const entries: Fetch[] = [];

  function require(id: string): Fetch {
    const entry = entries.find((known) => known.id === id);
    if (entry === undefined) throw new FakeProblem(404, "fetch-not-found", { id });
    return entry;
  }

  return {
    /** Newest first. */
    get all(): readonly Fetch[] {
      return entries.toReversed();
    },
    show: require,
    create({ url, name = null }: Omit<CreateFetch, "name"> & { name?: string | null }): Fetch {
      if (!/^https?:/.test(url)) throw new FakeProblem(400, "url-refused", { reason: "not http" });
      const now = new Date().toISOString();
      const entry: Fetch = {
        id: randomUUID(),
        url,
        name,
        parentId: null,
        state: "queued",
        receivedBytes: 0,
        totalBytes: null,
        attempts: 0,
        uploadId: null,
        fileId: null,
        createdAt: now,
        updatedAt: now,
      };
      entries.push(entry);
      return entry;
    },
    change(id: string, changes: Partial<Fetch>): Fetch {
      return Object.assign(require(id), changes);
    },
    cancel(id: string): Fetch {
      const entry = require(id);
      if (entry.state === "complete") throw new FakeProblem(409, "fetch-ended", { id });
      return Object.assign(entry, { state: "cancelled" });
    },
    remove(id: string): void {
      entries.splice(entries.indexOf(require(id)), 1);
    },
  };
}
