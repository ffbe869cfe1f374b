/** What clients send, byte for byte: the operations' plans made real. */
import { createHash } from "node:crypto";
import type { Digests } from "../blobs/digest.ts";
import * as model from "./model.ts";
import type { ModelUpload, State } from "./model.ts";
import type { Append, Claim, Complete, Create, Part, Stall } from "./operations.ts";
import { contentOf } from "./sources.ts";

/** A body as it comes to the engine. */
export interface Sent {
  readonly key: number;
  readonly start: number;
  /** All of it, though a cut may come first. */
  readonly bytes: Uint8Array;
  readonly sentBytes: number;
  readonly isDeclared: boolean;
  readonly isCut: boolean;
  readonly claimed: Digests;
  readonly isClaimRight: boolean;
  readonly unit: "byte" | "part";
  /** Appending is refused anywhere else than at the offset. */
  readonly mustBeOffset: boolean;
  readonly endsContent: (end: number, partSize: number) => boolean;
}

const wrong: Digests = { sha256: "0".repeat(64) };

export function digestsOf(bytes: Uint8Array, ...algorithms: (keyof Digests)[]): Digests {
  return Object.fromEntries(
    algorithms.map((name) => [name, createHash(name).update(bytes).digest("hex")]),
  );
}

/** The upload that a creation makes, `undefined` where its name is taken already. */
export function newUpload(state: State, operation: Create): ModelUpload | undefined {
  const { name, onConflict, durability, isLarge, autoComplete } = operation;
  if (onConflict === "fail" && model.twinOf(state, name) !== undefined) return undefined;
  const partSize = isLarge ? 96 * 1024 : 16;
  const intended = contentOf(
    operation.content,
    operation.parts * partSize + (operation.tail % partSize),
  );
  const claims: Record<Claim, Digests> = { none: {}, right: digestsOf(intended, "sha1"), wrong };
  return {
    key: state.uploads.length,
    id: "",
    name,
    onConflict,
    durability,
    autoComplete,
    claimed: claims[operation.claim],
    partSize,
    intended,
    size: operation.isSized ? intended.length : null,
    state: "receiving",
    held: [],
    bytes: new Uint8Array(0),
    expiresAt: 0,
  };
}

export function sentPart(state: State, { upload, number, count, odd, body }: Part): Sent {
  const { key, intended, partSize } = model.uploadOf(state, upload);
  const first = number % Math.max(1, Math.ceil(intended.length / partSize));
  const start = first * partSize;
  const end = Math.min(intended.length, start + count * partSize);
  const whole = Buffer.from(intended.subarray(start, end));
  const shaped = odd > 0 ? Buffer.concat([whole, Buffer.from([0x55])]) : whole;
  return {
    ...shape(body, odd < 0 ? shaped.subarray(0, -1) : shaped),
    key,
    start,
    unit: "part",
    mustBeOffset: false,
    endsContent: (bodyEnd, size) => bodyEnd % size !== 0,
  };
}

export function sentAppend(state: State, operation: Append): Sent {
  const { upload: key, at, share, endsContent, body } = operation;
  const upload = model.uploadOf(state, key);
  const offset = model.offsetOf(upload);
  const left = Math.max(0, upload.intended.length - offset);
  const bytes = upload.intended.subarray(offset, offset + Math.ceil(left * share));
  return {
    ...shape(body, bytes),
    key,
    start: at === "offset" ? offset : offset + 7,
    unit: "byte",
    mustBeOffset: true,
    endsContent: () => endsContent,
  };
}

function shape({ isOther, cutAt, claim, isDeclared }: Part["body"], intended: Uint8Array) {
  const bytes = isOther ? intended.map((byte) => byte ^ 0xff) : intended;
  const claims: Record<Claim, Digests> = {
    none: {},
    right: digestsOf(bytes, "sha256", "md5"),
    wrong,
  };
  return {
    bytes,
    sentBytes: cutAt === null ? bytes.length : Math.floor(bytes.length * cutAt),
    isDeclared,
    isCut: cutAt !== null,
    claimed: claims[claim],
    isClaimRight: claim !== "wrong",
  };
}

export function stalledBody(state: State, operation: Stall) {
  const { upload: key, number, count, isOther, sent } = operation;
  const { intended, partSize } = model.uploadOf(state, key);
  const start = (number % Math.max(1, Math.ceil(intended.length / partSize))) * partSize;
  const range = { start, end: Math.min(intended.length, start + count * partSize) };
  const bytes = intended.subarray(start, start + Math.floor((range.end - start) * sent));
  return { key, range, sent: isOther ? bytes.map((byte) => byte ^ 0xff) : bytes };
}

export function sizeOf(upload: ModelUpload, { size }: Complete): number | undefined {
  if (upload.size !== null || size === "none") return undefined;
  return model.offsetOf(upload) + (size === "more" ? 5 : 0);
}

export function claimsOf(upload: ModelUpload, { claim }: Complete): Digests {
  const bytes = upload.bytes.subarray(0, model.offsetOf(upload));
  return claim === "right" ? digestsOf(bytes, "sha256", "md5") : claim === "wrong" ? wrong : {};
}
