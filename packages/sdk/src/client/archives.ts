/** Several files and folders as one ZIP. */
import { callJson, type Call, type CallOptions } from "../call.ts";
import type { KeptArchive } from "../wire.ts";

export type ArchiveCalls = ReturnType<typeof createArchiveCalls>;

export function createArchiveCalls(call: Call) {
  return {
    /** A selection that the server keeps for a day. Throws `node-not-found`, `archive-too-large`. */
    keepArchive({
      signal,
      ...json
    }: CallOptions & { ids: readonly string[]; name?: string | undefined }) {
      return callJson<KeptArchive>(call, { signal, method: "POST", path: "/archive", json });
    },
  };
}
