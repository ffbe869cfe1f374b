import type { StoredFile, Uploader, UploadProgress, Visitor } from "@sampan/sdk";

/** A browser opens six connections to a server; the page needs some of them. */
const MAX_AT_ONCE = 3;

/** Sends files to whoever asked for them, in the manner of the SDK's uploader. What becomes of them, the server does not tell. */
export function createBringFile(visitor: Pick<Visitor, "bringFile">): Uploader["upload"] {
  const slots = createSlots(MAX_AT_ONCE);

  return async (source, { signal, onProgress } = {}) => {
    const { name, size, mediaType } = source;
    let sentBytes = 0;
    const tell = (phase: UploadProgress["phase"], heldBytes = 0): void =>
      onProgress?.({
        phase,
        size,
        heldBytes,
        movedBytes: Math.min(size, Math.max(heldBytes, sentBytes)),
        resumedBytes: 0,
        sentBytes: heldBytes,
        hashedBytes: 0,
        instantBytes: 0,
      });
    tell("waiting");
    await slots.enter(signal);
    try {
      await source.checkUnchanged?.();
      tell("sending");
      const content = source.open({ start: 0, end: size }, signal);
      await visitor.bringFile({
        name,
        mediaType,
        body: { byteLength: size, content },
        signal,
        onBodySent(bytes) {
          sentBytes += bytes;
          tell(sentBytes >= size ? "verifying" : "sending");
        },
      });
      tell("done", size);
    } finally {
      slots.leave();
    }
    return {
      status: "stored",
      file: describeSent({ name, size }),
      sentBytes: size,
      resumedBytes: 0,
      instantBytes: 0,
      isInstant: false,
    };
  };
}

/** Where it lies, and under which name, is its owner's to know. */
function describeSent({ name, size }: { name: string; size: number }): StoredFile {
  const at = new Date().toISOString();
  return {
    id: "",
    parentId: null,
    name,
    size,
    mediaType: null,
    digests: {},
    createdAt: at,
    modifiedAt: at,
    version: 1,
  };
}

function createSlots(count: number) {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async enter(signal: AbortSignal | undefined): Promise<void> {
      signal?.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return;
      }
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          waiting.splice(waiting.indexOf(take), 1);
          reject(signal?.reason as Error);
        };
        const take = (): void => {
          signal?.removeEventListener("abort", abort);
          resolve();
        };
        signal?.addEventListener("abort", abort, { once: true });
        waiting.push(take);
      });
    },
    /** The place goes to whoever waits longest. */
    leave(): void {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
}
