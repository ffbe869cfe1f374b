/** The small drive that the laws are tried on: what the steps have made so far, of which later ones pick by number. */
import fc from "fast-check";
import { isCoreError } from "../../core/errors.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import type { Metadata } from "../sqlite.ts";

export interface World {
  readonly metadata: Metadata;
  readonly owners: readonly string[];
  /** Ids of all that there ever was. */
  readonly uploads: string[];
  readonly files: string[];
  readonly folders: string[];
  readonly fetches: string[];
  readonly shares: string[];
  packs: number;
  now: number;
}

export type Step = (world: World) => Promise<unknown>;

export const nat = fc.nat(1_000_000);
export const name = fc.constantFrom("a.txt", "A.txt", "b", "c");
export const onConflict = fc.constantFrom(
  "fail" as const,
  "keep-both" as const,
  "replace" as const,
);

export function pick<T>(items: readonly T[], number: number): T | undefined {
  return items[number % items.length];
}

export async function withUpload(
  { metadata, uploads }: World,
  which: number,
  act: (upload: Upload) => Promise<unknown>,
) {
  const upload = await metadata.uploads.find(pick(uploads, which) ?? "");
  return upload && (await act(upload));
}

/** A refusal is an answer like any other; it must leave the laws intact too. */
export async function take(step: Step, world: World): Promise<void> {
  await step(world).catch((error: unknown) => {
    if (!isCoreError(error)) throw error;
  });
}
