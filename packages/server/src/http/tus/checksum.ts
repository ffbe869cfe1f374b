/** `Upload-Checksum: <algorithm> <base64>`, and the one algorithm that the engine's hasher does not have. */
import type { IncomingHttpHeaders } from "node:http";
import { crc32c } from "../../core/blobs/crc32c.ts";
import type { Digests } from "../../core/blobs/digest.ts";
import { CoreError } from "../../core/errors.ts";
import type { ByteSource } from "../../core/uploads/byte-source.ts";
import { single } from "../shared/headers.ts";
import { checksumAlgorithms, type ChecksumAlgorithm } from "./protocol.ts";

const byteLengths: Record<ChecksumAlgorithm, number> = { sha1: 20, sha256: 32, md5: 16, crc32c: 4 };

/** Hex. A CRC is its four bytes, most significant first. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly hex: string;
}

export function parseChecksum(headers: IncomingHttpHeaders): Checksum | undefined {
  const header = single(headers["upload-checksum"], "Upload-Checksum");
  if (header === undefined) return undefined;
  const [name, value = "", ...rest] = header.split(" ");
  const algorithm = checksumAlgorithms.find((known) => known === name);
  if (!algorithm) return refuse(`the algorithm is not one of ${checksumAlgorithms.join(", ")}`);
  const bytes = Buffer.from(value, "base64");
  if (rest.length > 0 || bytes.toString("base64") !== value) return refuse("not in base64");
  if (bytes.length !== byteLengths[algorithm]) {
    return refuse(`a ${algorithm} checksum has ${byteLengths[algorithm]} bytes`);
  }
  return { algorithm, hex: bytes.toString("hex") };
}

/** What to ask of the engine so that a body is recorded only if its checksum holds. */
export function checkBody(
  source: ByteSource,
  checksum: Checksum | undefined,
): { source: ByteSource; claimed: Digests; onlyWhole: boolean } {
  if (!checksum) return { source, claimed: {}, onlyWhole: false };
  const { algorithm, hex } = checksum;
  if (algorithm !== "crc32c") return { source, claimed: { [algorithm]: hex }, onlyWhole: true };
  return { source: checkCrc32c(source, hex), claimed: {}, onlyWhole: true };
}

function checkCrc32c(source: ByteSource, expected: string): ByteSource {
  return {
    declaredLength: source.declaredLength,
    async *chunks(options) {
      let crc = 0;
      for await (const chunk of source.chunks(options)) {
        crc = crc32c(chunk.bytes, crc);
        yield chunk;
      }
      // A source ends early when it is aborted: that is no mismatch, and the engine says what it is.
      if (options.signal.aborted) return;
      const actual = crc.toString(16).padStart(8, "0");
      if (actual === expected) return;
      throw new CoreError("digest-mismatch", { algorithm: "crc32c", expected, actual });
    },
  };
}

function refuse(reason: string): never {
  throw new CoreError("invalid-request", { field: "Upload-Checksum", reason });
}
