/** For peers that compute no digest, the check is the file they left on disk. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Stored } from "./contender.ts";

export async function inspectFile(file: string): Promise<Stored> {
  const { size } = await stat(file);
  const hash = createHash("sha256");
  const bytes = createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  for await (const chunk of bytes) hash.update(chunk);
  return { size, sha256: hash.digest("hex") };
}
