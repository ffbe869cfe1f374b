/**
 * The small file beside a partial download: which content it belongs to and which bytes of it are
 * durable. JSON `{version: 1, etag, size, held: [[start, end], …]}`, replaced atomically.
 */
import { open, readFile, rename } from "node:fs/promises";
import type { HeldContent } from "../download/sink.ts";
import { isRecord } from "../errors.ts";
import type { ByteRange } from "../source.ts";
import { isMissing } from "./fs-errors.ts";

export interface ResumeState extends HeldContent {
  held: readonly ByteRange[];
}

/** Null when there is none, or none that can be trusted. */
export async function readResumeState(path: string): Promise<ResumeState | null> {
  try {
    return parseResumeState(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The bytes themselves must be durable before. */
export async function writeResumeState(path: string, state: ResumeState): Promise<void> {
  const { etag, size } = state;
  const held = state.held.map(({ start, end }) => [start, end]);
  const staging = `${path}.new`;
  {
    await using file = await open(staging, "w", 0o600);
    await file.writeFile(JSON.stringify({ version: 1, etag, size, held }));
    await file.datasync();
  }
  await rename(staging, path);
}

function parseResumeState(value: unknown): ResumeState | null {
  if (!isRecord(value) || value["version"] !== 1) return null;
  const { etag, size, held } = value;
  if (typeof etag !== "string" || !isOffset(size) || !Array.isArray(held)) return null;
  const ranges = held.map((pair: unknown) => parseRange(pair, size));
  return ranges.every((range) => range !== null) ? { etag, size, held: ranges } : null;
}

function parseRange(pair: unknown, size: number): ByteRange | null {
  if (!Array.isArray(pair) || pair.length !== 2) return null;
  const [start, end] = pair as unknown[];
  return isOffset(start) && isOffset(end) && start < end && end <= size ? { start, end } : null;
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
