import { createHash, randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createDisk, openJournal } from "./disk.ts";
import type { Flaw } from "./flaws.ts";
import { HttpError } from "./http-error.ts";
import {
  applyEntry,
  emptyState,
  missingParts,
  offsetOf,
  type Entry,
  type NaiveFile,
  type NaiveUpload,
  type State,
} from "./state.ts";

/**
 * Content first, then the journal, then memory, then the answer.
 *
 *     <data>/journal            every fact, one JSON line each
 *     <store>/uploads/<id>      staging
 *     <store>/blobs/<id>        published files
 */
export interface Store {
  readonly state: State;
  create(wish: { name: string; size: number | null; partSize: number }): NaiveUpload;
  receive(upload: NaiveUpload, piece: Received): void;
  setState(upload: NaiveUpload, state: NaiveUpload["state"]): void;
  complete(upload: NaiveUpload): NaiveUpload;
  putFiles(files: { name: string; bytes: Buffer }[]): NaiveFile[];
  deleteFile(file: NaiveFile): void;
  read(file: NaiveFile): Buffer;
}

export interface Received {
  start: number;
  bytes: Buffer;
  /** Set when this piece also fixes the size of the upload. */
  size: number | null;
  /** What to count, when that is not the length of the bytes. */
  countedLength?: number;
}

export function openStore(folders: { data: string; store: string; flaw: Flaw }): Store {
  const uploads = join(folders.store, "uploads");
  const blobs = join(folders.store, "blobs");
  for (const folder of [uploads, blobs]) mkdirSync(folder, { recursive: true });
  const disk = createDisk(folders.flaw);
  const journal = openJournal(join(folders.data, "journal"), folders.flaw);
  for (const folder of [folders.store, folders.data]) disk.syncFolder(folder);
  const state = emptyState();
  for (const entry of journal.entries) applyEntry(state, entry as Entry);
  removeStrays();

  const commit = (entry: Entry): void => {
    journal.append(entry);
    applyEntry(state, entry);
  };
  const staging = (upload: NaiveUpload): string => join(uploads, upload.id);
  return {
    state,
    create(wish) {
      const id = randomUUID();
      const upload: NaiveUpload = { id, ...wish, state: "receiving", ranges: [], fileId: null };
      disk.writeAt(staging(upload), { position: 0, bytes: Buffer.alloc(0) });
      disk.syncFolder(uploads);
      commit({ type: "upload", upload });
      return state.uploads.get(id) ?? upload;
    },
    receive(upload, { start, bytes, size, countedLength = bytes.length }) {
      disk.writeAt(staging(upload), { position: start, bytes });
      commit({ type: "received", id: upload.id, start, end: start + countedLength, size });
    },
    setState(upload, to) {
      commit({ type: "state", id: upload.id, state: to });
      if (to === "aborted") rmSync(staging(upload), { force: true });
    },
    complete(upload) {
      const missing = missingParts(upload) ?? [];
      if (missing.length > 0 || upload.size !== offsetOf(upload)) {
        throw new HttpError(409, "upload-incomplete", { facts: { missing } });
      }
      const file = describe(upload.name, readFileSync(staging(upload)));
      linkSync(staging(upload), join(blobs, file.id));
      disk.syncFolder(blobs);
      commit({ type: "files", files: [file], uploadId: upload.id });
      rmSync(staging(upload), { force: true });
      return upload;
    },
    putFiles(contents) {
      const files = contents.map(({ name, bytes }) => {
        const file = describe(name, bytes);
        disk.writeAt(join(blobs, file.id), { position: 0, bytes });
        return file;
      });
      disk.syncFolder(blobs);
      commit({ type: "files", files, uploadId: null });
      return files;
    },
    deleteFile(file) {
      const entry: Entry = { type: "deleted", id: file.id };
      if (folders.flaw === "forgets-deletes") applyEntry(state, entry);
      else commit(entry);
      if (folders.flaw !== "forgets-deletes") rmSync(join(blobs, file.id), { force: true });
    },
    read: (file) => readFileSync(join(blobs, file.id)),
  };

  /** What a crash left between two steps: content that no journal entry names. */
  function removeStrays(): void {
    for (const id of readdirSync(blobs)) {
      if (!state.files.has(id)) rmSync(join(blobs, id));
    }
    for (const id of readdirSync(uploads)) {
      const upload = state.uploads.get(id);
      const isOpen = upload?.state === "receiving" || upload?.state === "paused";
      if (!isOpen) rmSync(join(uploads, id));
    }
  }
}

function describe(name: string, bytes: Buffer): NaiveFile {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return {
    id: randomUUID(),
    name,
    size: bytes.length,
    sha256,
    createdAt: new Date().toISOString(),
  };
}
