import { createHash, randomUUID } from "node:crypto";
import type { OnConflict, StoredFile } from "../wire.ts";
import { FakeProblem } from "./fake-problem.ts";

export interface FakeFile extends StoredFile {
  bytes: Buffer;
}

export interface FakeFiles {
  readonly all: readonly FakeFile[];
  find(name: string): FakeFile | undefined;
  get(id: string): FakeFile;
  put(name: string, file: { bytes: Buffer; mediaType?: string; onConflict?: OnConflict }): FakeFile;
  remove(id: string): void;
}

export function createFakeFiles(): FakeFiles {
  const files = new Map<string, FakeFile>();
  const find = (name: string): FakeFile | undefined =>
    [...files.values()].find((file) => file.name === name);

  function freeName(name: string): string {
    for (let copy = 1; ; copy += 1) {
      const candidate = `${name} (${copy})`;
      if (find(candidate) === undefined) return candidate;
    }
  }

  return {
    get all() {
      return [...files.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
    find,
    get(id) {
      const file = files.get(id);
      if (file === undefined) throw new FakeProblem(404, "file-not-found", { id });
      return file;
    },
    put(name, { bytes, mediaType = "application/octet-stream", onConflict = "fail" }) {
      const there = find(name);
      if (there !== undefined && onConflict === "fail") {
        throw new FakeProblem(409, "name-taken", { name });
      }
      const now = new Date().toISOString();
      const replaced = onConflict === "replace" ? there : undefined;
      const file: FakeFile = {
        id: replaced?.id ?? randomUUID(),
        parentId: "root",
        name: there !== undefined && onConflict === "keep-both" ? freeName(name) : name,
        size: bytes.length,
        mediaType,
        digests: { sha256: sha256(bytes) },
        createdAt: replaced?.createdAt ?? now,
        modifiedAt: now,
        version: (replaced?.version ?? 0) + 1,
        bytes,
      };
      files.set(file.id, file);
      return file;
    },
    remove(id) {
      if (!files.delete(id)) throw new FakeProblem(404, "file-not-found", { id });
    },
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
