/**
 * Clients of other families, each written from its contract alone: what a user of such a system has already. One shape for all, so that
 * the same stories can be told of each.
 */
import { digest } from "../content.ts";
import { formOf, type FormPart } from "../form.ts";
import { send, type Answer } from "../http.ts";
import type { Target } from "../server.ts";

export interface Transfer {
  /** The upload's id in the native API. */
  uploadId(): Promise<string>;
  readonly chunks: number;
  send(index: number): Promise<Answer>;
  /** Says that these are the bytes of the chunk, with the digest of the right ones where one is sent. */
  sendBytes(index: number, bytes: Uint8Array): Promise<Answer>;
  finish(): Promise<Answer>;
  /** What a client that lost everything but its file does before it goes on: the same transfer, again. */
  again(): Promise<Transfer>;
}

export interface Family {
  readonly name: string;
  readonly chunkBytes: number;
  /** One request is one file. */
  readonly isWhole?: boolean;
  begin(file: { name: string; bytes: Buffer }): Promise<Transfer>;
  /** Chunk indices (from 0) that a refused finish says are missing. */
  missing(answer: Answer): number[];
  /** The stable code of a refusal. Throws unless it has this family's shape. */
  refusal(answer: Answer): string;
}

export const hex = (algorithm: "md5" | "sha1" | "sha256", bytes: Uint8Array): string =>
  digest(algorithm, bytes).toString("hex");

export function cut(bytes: Buffer, chunkBytes: number): Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / chunkBytes));
  return Array.from({ length: count }, (_, i) =>
    bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes),
  );
}

export const jsonOf = (answer: Answer): Record<string, unknown> =>
  JSON.parse(answer.text) as Record<string, unknown>;

/** Of `{"code", "msg", "data"}`, which three families share. */
export function numberedRefusal(answer: Answer): string {
  const { code, msg, data } = jsonOf(answer);
  if (typeof code !== "number" || code === 0 || typeof msg !== "string")
    throw new Error(`not this family's shape: ${answer.text}`);
  return (data as { error: string }).error;
}

export function postJson(target: Target, path: string, json: unknown): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  return send(target, { method: "POST", path, headers, body: JSON.stringify(json) });
}

export function postForm(
  target: Target,
  path: string,
  parts: readonly FormPart[],
): Promise<Answer> {
  const { type, body } = formOf(parts);
  return send(target, { method: "POST", path, headers: { "content-type": type }, body });
}
