import type { Client } from "../client.ts";
import type { ArchiveSelection } from "../client/archives.ts";
import { digestMismatch } from "../digest.ts";
import { hasCode, SampanError } from "../errors.ts";
import { createLink, type Link } from "../link.ts";
import { createRetryBudget, withRetry, type RetryBudget, type RetryOptions } from "../retry.ts";
import type { LinkSelection } from "../visit/link-content.ts";
import type { Visitor } from "../visit/visitor.ts";
import type { DownloadProgress } from "./progress.ts";
import { countBytes, normalizeRanges } from "./ranges.ts";
import { receiveRanges } from "./receive-ranges.ts";
import {
  archiveContent,
  fileContent,
  linkArchiveContent,
  linkFileContent,
  versionContent,
  type RemoteContent,
} from "./remote-content.ts";
import type { DownloadSink, HeldContent } from "./sink.ts";

export interface DownloadOptions extends DownloadHow {
  client: Client;
}

/** Every range of one call is one download of the link, also in a later call whose visitor has the `keys` of this one's. */
export interface LinkDownloadOptions extends DownloadHow {
  visitor: Visitor;
}

interface DownloadHow {
  sink: DownloadSink;
  /** Share an uploader's, or one between downloads. */
  link?: Link | undefined;
  retry?: RetryOptions | undefined;
  /** Stops; what arrived stays in the sink, so the same call continues later. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

export interface DownloadResult {
  size: number;
  sha256: string;
  /** False only while the server itself does not know the digest yet. */
  isVerified: boolean;
  receivedBytes: number;
  /** What an earlier call had left in the sink. */
  resumedBytes: number;
}

/** How often one call begins anew because the content changed, or arrived damaged. */
const MAX_FRESH_STARTS = 2;

/**
 * Fetches one file's content into a sink: parallel ranges of exactly one version, verified against
 * the server's SHA-256 before the sink publishes it. Closes the sink in every case.
 */
export function downloadFile(fileId: string, options: DownloadOptions): Promise<DownloadResult> {
  return download(fileContent(options.client, fileId), options);
}

/**
 * As `downloadFile`, for files and folders as one ZIP, and as resumable: its version changes with what is in it. The server knows no
 * digest of a whole archive, so `isVerified` is false; each entry carries its own checksum.
 */
export function downloadArchive(
  selection: ArchiveSelection,
  options: DownloadOptions,
): Promise<DownloadResult> {
  return download(archiveContent(options.client, selection), options);
}

/** As `downloadFile`, of an earlier version. */
export function downloadVersion(
  version: { id: string; number: number },
  { client, ...how }: DownloadOptions,
): Promise<DownloadResult> {
  return download(versionContent(client, version), how);
}

/** As `downloadFile`, by a visitor of a link. */
export function downloadLinkFile(
  id: string,
  { visitor, ...how }: LinkDownloadOptions,
): Promise<DownloadResult> {
  return download(linkFileContent(visitor, id), how);
}

/** As `downloadArchive`, by a visitor of a link. */
export function downloadLinkArchive(
  selection: LinkSelection,
  { visitor, ...how }: LinkDownloadOptions,
): Promise<DownloadResult> {
  return download(linkArchiveContent(visitor, selection), how);
}

async function download(remote: RemoteContent, options: DownloadHow): Promise<DownloadResult> {
  const { sink, retry = {} } = options;
  const link = options.link ?? createLink();
  const budget = createRetryBudget(retry);
  try {
    for (let starts = 0; ; starts += 1) {
      try {
        return await downloadOnce(remote, { ...options, link, budget });
      } catch (error) {
        if (!hasCode(error, "content-changed", "digest-mismatch")) throw error;
        await sink.discard();
        if (starts >= MAX_FRESH_STARTS) throw error;
      }
    }
  } finally {
    await sink.close();
  }
}

interface Session extends DownloadHow {
  link: Link;
  budget: RetryBudget;
}

async function downloadOnce(remote: RemoteContent, session: Session): Promise<DownloadResult> {
  const { sink, budget, signal, onProgress } = session;
  const head = () => remote.head({ signal });
  const info = await withRetry(head, { budget, signal });
  const content: HeldContent = { etag: requireStrongEtag(info.etag), size: info.size };
  const held = normalizeRanges(await sink.open(content));
  const resumedBytes = countBytes(held);
  const shared = { size: info.size, resumedBytes };
  const tell = (part: Pick<DownloadProgress, "phase" | "heldBytes" | "hashedBytes">): void =>
    onProgress?.({ ...shared, ...part });

  tell({ phase: "receiving", heldBytes: resumedBytes, hashedBytes: 0 });
  const onHeld = (heldBytes: number): void =>
    tell({ phase: "receiving", heldBytes, hashedBytes: 0 });
  await receiveRanges({ ...session, remote, content, onHeld }, held);

  const sha256 = await sink.sha256({
    signal,
    onProgress: (hashedBytes) => tell({ phase: "verifying", heldBytes: info.size, hashedBytes }),
  });
  const expected = info.sha256 ?? (await withRetry(head, { budget, signal })).sha256;
  if (expected !== null && expected !== sha256) throw digestMismatch({ expected, actual: sha256 });
  signal?.throwIfAborted();
  await sink.publish();
  tell({ phase: "done", heldBytes: info.size, hashedBytes: info.size });
  const receivedBytes = info.size - resumedBytes;
  return { size: info.size, sha256, isVerified: expected !== null, receivedBytes, resumedBytes };
}

function requireStrongEtag(etag: string | null): string {
  if (etag?.startsWith('"') === true) return etag;
  throw new SampanError("The server named no version (strong ETag) of the content", {
    code: "unexpected-response",
  });
}
