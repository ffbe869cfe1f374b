import { createHmac, randomUUID } from "node:crypto";
import { addRange, countBytes } from "../download/ranges.ts";
import type { ByteRange } from "../source.ts";
import type {
  Challenged,
  CreateUpload,
  Digests,
  Upload,
  UploadAction,
  UploadState,
} from "../wire.ts";
import { sha256, type FakeFiles } from "./fake-files.ts";
import { FakeProblem } from "./fake-problem.ts";

interface Entry {
  id: string;
  input: CreateUpload & { size: number };
  partSize: number;
  state: UploadState;
  bytes: Buffer;
  held: ByteRange[];
  fileId: string | null;
  challenge: { nonce: string; sha256: string } | null;
}

const openStates: ReadonlySet<UploadState> = new Set(["receiving", "paused", "completing"]);

export type FakeUploads = ReturnType<typeof createFakeUploads>;

/** Sized uploads as the contract describes them; uploads of unknown size are not imitated. */
export function createFakeUploads(files: FakeFiles, options: { partSize: number }) {
  const entries = new Map<string, Entry>();

  function require(id: string): Entry {
    const entry = entries.get(id);
    if (entry === undefined) throw new FakeProblem(404, "upload-not-found", { id });
    if (entry.state === "aborted") throw new FakeProblem(410, "upload-aborted", { id });
    return entry;
  }

  function requireReceiving(id: string): Entry {
    const entry = require(id);
    if (entry.state === "receiving") return entry;
    throw new FakeProblem(409, `upload-${entry.state}`, { id });
  }

  function offsetOf(entry: Entry): number {
    return entry.held[0]?.start === 0 ? entry.held[0].end : 0;
  }

  function missingOf({ held, input, partSize }: Entry): number[] {
    const parts = Array.from({ length: Math.ceil(input.size / partSize) }, (_, number) => number);
    return parts.filter((number) => {
      const end = Math.min(input.size, (number + 1) * partSize);
      return !held.some((range) => range.start <= number * partSize && range.end >= end);
    });
  }

  function show(entry: Entry): Upload {
    const now = new Date().toISOString();
    return {
      id: entry.id,
      parentId: entry.input.parentId ?? "root",
      name: entry.input.name,
      size: entry.input.size,
      partSize: entry.partSize,
      state: entry.state,
      offset: offsetOf(entry),
      receivedBytes: countBytes(entry.held),
      digests: {},
      dialect: "native",
      createdAt: now,
      updatedAt: now,
      expiresAt: now,
      missing: missingOf(entry),
      ...(entry.fileId === null ? {} : { file: files.get(entry.fileId) }),
    };
  }

  function write(entry: Entry, { start, bytes }: { start: number; bytes: Buffer }): void {
    bytes.copy(entry.bytes, start);
    entry.held = addRange(entry.held, { start, end: start + bytes.length });
  }

  return {
    get all(): Upload[] {
      return [...entries.values()].map(show);
    },
    create(input: CreateUpload): { upload: Upload; isResumed: boolean } {
      const { size, resumeKey, name } = input;
      if (size === undefined) throw new FakeProblem(400, "invalid-request", { field: "size" });
      const known = [...entries.values()].find(
        (entry) =>
          resumeKey !== undefined &&
          ["receiving", "paused", "completing"].includes(entry.state) &&
          entry.input.resumeKey === resumeKey &&
          entry.input.name === name &&
          entry.input.size === size,
      );
      if (known !== undefined) return { upload: show(known), isResumed: true };
      const entry: Entry = {
        id: randomUUID(),
        input: { ...input, size },
        partSize: input.partSize ?? options.partSize,
        state: "receiving",
        bytes: Buffer.alloc(size),
        held: [],
        fileId: null,
        challenge: null,
      };
      entries.set(entry.id, entry);
      return { upload: show(entry), isResumed: false };
    },
    show: (id: string): Upload => show(require(id)),
    putPart(id: string, { number, bytes }: { number: number; bytes: Buffer }) {
      const entry = requireReceiving(id);
      const start = number * entry.partSize;
      const end = start + bytes.length;
      const isWhole = end === entry.input.size || bytes.length % entry.partSize === 0;
      if (!isWhole || bytes.length === 0) throw new FakeProblem(400, "part-misaligned");
      if (end > entry.input.size) throw new FakeProblem(413, "body-too-long");
      const isHeld = entry.held.some((range) => range.start <= start && range.end >= end);
      if (isHeld && !entry.bytes.subarray(start, end).equals(bytes)) {
        throw new FakeProblem(409, "part-conflict", { start, length: bytes.length });
      }
      write(entry, { start, bytes });
      return {
        start,
        length: bytes.length,
        offset: offsetOf(entry),
        receivedBytes: countBytes(entry.held),
      };
    },
    append(id: string, { offset, bytes }: { offset: number; bytes: Buffer }): number {
      const entry = requireReceiving(id);
      const expected = offsetOf(entry);
      if (offset !== expected) throw new FakeProblem(409, "offset-mismatch", { expected });
      write(entry, { start: offset, bytes });
      return offsetOf(entry);
    },
    complete(id: string, digests: Digests = {}): Upload {
      const entry = require(id);
      if (entry.state === "complete") return show(entry);
      const missing = missingOf(entry);
      if (missing.length > 0) throw new FakeProblem(409, "upload-incomplete", { missing });
      const actual = sha256(entry.bytes);
      if (digests.sha256 !== undefined && digests.sha256 !== actual) {
        throw new FakeProblem(422, "digest-mismatch", { expected: digests.sha256, actual });
      }
      const { name, onConflict = "fail", mediaType } = entry.input;
      const kind = mediaType === undefined ? {} : { mediaType };
      entry.fileId = files.put(name, { bytes: entry.bytes, onConflict, ...kind }).id;
      entry.state = "complete";
      return show(entry);
    },
    /** All files here have one owner, who has to prove possession all the same. */
    challenge(id: string, claimed: string): Challenged {
      const entry = requireReceiving(id);
      const length = Math.min(entry.input.size, 4096);
      entry.challenge = { nonce: sha256(Buffer.from(randomUUID())), sha256: claimed };
      const ranges = [{ start: entry.input.size - length, length }];
      const { nonce } = entry.challenge;
      return { upload: show(entry), challenge: { nonce, ranges, expiresAt: "2999-01-01" } };
    },
    prove(id: string, { nonce, proof }: { nonce: string; proof: string }): Upload {
      const entry = require(id);
      const asked = entry.challenge;
      entry.challenge = null;
      if (asked?.nonce !== nonce) throw new FakeProblem(409, "challenge-spent", { id });
      const twin = files.all.find((file) => file.digests.sha256 === asked.sha256);
      const tail = twin?.bytes.subarray(Math.max(0, twin.size - 4096));
      const isRight = tail !== undefined && hmac(nonce, tail) === proof;
      if (!isRight || twin?.size !== entry.input.size) return show(entry);
      const { name, onConflict = "fail" } = entry.input;
      entry.fileId = files.put(name, { bytes: twin.bytes, onConflict }).id;
      entry.state = "complete";
      return show(entry);
    },
    forgetParts(id: string): Upload {
      const entry = require(id);
      entry.held = [];
      return show(entry);
    },
    /** By state and name; open ones unless said. */
    find(query: URLSearchParams): Upload[] {
      const states = query.get("state") ?? "open";
      return [...entries.values()]
        .filter(({ state }) => (states === "open" ? openStates.has(state) : true))
        .filter(
          ({ state }) => ["open", "all"].includes(states) || states.split(",").includes(state),
        )
        .filter(({ input }) => input.name.includes(query.get("name") ?? ""))
        .map(show);
    },
    change(id: string, action: UploadAction): object {
      try {
        const entry = require(id);
        entry.state = { pause: "paused", resume: "receiving", abort: "aborted" }[
          action
        ] as UploadState;
        return { id, status: 200, upload: show(entry) };
      } catch (error) {
        if (!(error instanceof FakeProblem)) throw error;
        return {
          id,
          status: error.status,
          problem: { code: error.code, title: error.code, ...error.facts },
        };
      }
    },
    cleanUp(): number {
      const gone = [...entries.values()].filter(({ state }) => state === "aborted");
      for (const { id } of gone) entries.delete(id);
      return gone.length;
    },
    setState(id: string, state: UploadState): Upload {
      const entry = require(id);
      entry.state = state;
      return show(entry);
    },
    /** Flips one stored byte, as a broken disk would. */
    damage(id: string, position: number): void {
      const { bytes } = require(id);
      bytes[position] = (bytes[position] ?? 0) ^ 0xff;
    },
  };
}

function hmac(keyHex: string, bytes: Buffer): string {
  return createHmac("sha256", Buffer.from(keyHex, "hex")).update(bytes).digest("hex");
}
