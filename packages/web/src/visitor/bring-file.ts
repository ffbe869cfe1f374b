import {
  createLink,
  uploadToLink,
  type StoredFile,
  type Uploader,
  type Visitor,
} from "@sampan/sdk";
import { createSlots } from "./slots.ts";

/** A browser opens six connections to a server; the page needs some of them. */
const MAX_CONNECTIONS = 4;
const MAX_FILES = 3;
/** A laptop may sleep, a router restart. Longer than this, the person is asked. */
const RETRY_FOR_MS = 15 * 60_000;

interface BringFileOptions {
  visitor: Visitor;
  onRetry: () => void;
}

/**
 * Sends files to whoever asked for them, in the manner of the SDK's uploader: in parts, each of them verified, and going on where a lost connection
 * left them. What becomes of them, the server does not tell.
 */
export function createBringFile({ visitor, onRetry }: BringFileOptions): Uploader["upload"] {
  const slots = createSlots(MAX_FILES);
  const link = createLink({ maxConcurrency: MAX_CONNECTIONS });
  const retry = { retryForMs: RETRY_FOR_MS, onRetry };
  return async (source, { signal, onProgress } = {}) => {
    await slots.enter(signal);
    try {
      const sent = await uploadToLink(source, { visitor, link, retry, signal, onProgress });
      const { sentBytes, resumedBytes } = sent;
      const file = describeSent(sent);
      return { status: "stored", file, sentBytes, resumedBytes, instantBytes: 0, isInstant: false };
    } finally {
      slots.leave();
    }
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
