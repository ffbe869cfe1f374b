/** Reads and hashes one file at a time, off the page's thread. */
import { createSha256 } from "./sha256.ts";

export interface HashRequest {
  blob: Blob;
}

export type HashAnswer =
  | { kind: "progress"; hashedBytes: number }
  | { kind: "done"; sha256: string }
  | { kind: "failed"; name: string; message: string };

const SLICE_BYTES = 4 * 1024 ** 2;

addEventListener("message", (event: MessageEvent<HashRequest>) => {
  void hash(event.data.blob);
});

async function hash(blob: Blob): Promise<void> {
  try {
    const hasher = createSha256();
    for (let start = 0; start < blob.size; start += SLICE_BYTES) {
      const slice = await blob.slice(start, start + SLICE_BYTES).arrayBuffer();
      hasher.update(new Uint8Array(slice));
      answer({ kind: "progress", hashedBytes: start + slice.byteLength });
    }
    answer({ kind: "done", sha256: await hasher.digest() });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    answer({ kind: "failed", name, message });
  }
}

function answer(message: HashAnswer): void {
  postMessage(message);
}
