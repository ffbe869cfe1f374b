/** The page's parts, put together once; they live as long as the page, whatever it shows. */
import { createUploader, type StoredFile } from "@sampan/sdk";
import { startDownload } from "./files/download.ts";
import { createFileList, type FileList } from "./files/file-list.ts";
import { createFollowChanges } from "./files/follow-changes.ts";
import { createUsage, type Usage } from "./files/usage.ts";
import { createHashPool } from "./hash/hash-pool.ts";
import { createSmallHasher } from "./hash/small-hasher.ts";
import { connect } from "./session/connect.ts";
import { createSession, type Session } from "./session/session.ts";
import { createKeep, type Keep } from "./state/keep.ts";
import { tellOpenedUploads } from "./transfers/opened-uploads.ts";
import { rememberUploads } from "./transfers/remembered-uploads.ts";
import { fileSource } from "./transfers/sources.ts";
import { createTransfers, type Transfers } from "./transfers/transfers.ts";
import { createNotices, type Notices } from "./ui/notices.ts";

export interface Services {
  readonly session: Session;
  readonly files: FileList;
  readonly usage: Usage;
  readonly transfers: Transfers;
  readonly notices: Notices;
  readonly device: Keep;
  upload(files: readonly File[]): void;
  download(file: StoredFile): Promise<void>;
}

/** A browser opens six connections to a server; the list and the buttons need some of them. */
const MAX_UPLOAD_CONNECTIONS = 4;
/** A laptop may sleep, a router restart. Longer than this, the person is asked. */
const RETRY_FOR_MS = 15 * 60_000;
const HASHED_AT_ONCE = 2;
/** The server may still be recording what the requests had brought that a reload cut. */
const SALVAGE_MS = 2_000;

export function startServices(): Services {
  const device = createKeep(() => localStorage);
  const session = createSession({ tab: createKeep(() => sessionStorage), device });
  const { client, transport } = connect(session);
  const files = createFileList(client);
  const usage = createUsage(client);
  const notices = createNotices();
  const hash = createHashPool(HASHED_AT_ONCE);

  const uploader = createUploader({
    client: tellOpenedUploads(client, (opened) => transfers.noteOpened(opened)),
    createHasher: createSmallHasher,
    retry: { retryForMs: RETRY_FOR_MS, onRetry: () => transfers.noteReconnecting() },
    link: { maxConcurrency: MAX_UPLOAD_CONNECTIONS },
  });
  const transfers: Transfers = createTransfers({
    client,
    upload: uploader.upload,
    remembered: rememberUploads(device),
    onStored(file) {
      changes.noteOwn(file.id);
      files.noteStored(file);
      usage.refresh();
    },
  });

  const changes = createFollowChanges({
    client,
    isShown: (id) => files.get().items.some((file) => file.id === id),
    onChange() {
      void files.refresh();
      usage.refresh();
    },
  });
  /** A stream holds one of the few connections that a browser opens to a server, for all tabs together: hidden ones do without. */
  function followWhileVisible(): void {
    const isSignedIn = session.get().kind === "signed-in";
    if (isSignedIn && document.visibilityState === "visible") changes.follow();
    else changes.pause();
  }
  document.addEventListener("visibilitychange", followWhileVisible);

  function findUnfinished(): void {
    if (session.get().kind === "signed-out") return;
    // Without the answer nothing is lost: adding a file again continues it all the same.
    transfers.findUnfinished().catch(() => undefined);
  }

  function follow(): void {
    const state = session.get();
    if (state.kind === "signed-in") {
      void files.search("");
      usage.refresh();
      findUnfinished();
      setTimeout(findUnfinished, SALVAGE_MS);
      transfers.retryFailed(({ code }) => code === "unauthenticated");
    } else {
      changes.leave();
      files.leave();
      usage.leave();
      notices.clear();
      // What a dead token interrupted goes on after the next sign-in.
      if (!state.wasRefused) transfers.leave();
    }
  }
  session.subscribe(follow);
  session.subscribe(followWhileVisible);
  if (session.get().kind === "signed-in") follow();
  followWhileVisible();

  return {
    session,
    files,
    usage,
    transfers,
    notices,
    device,
    upload: (chosen) => transfers.add(chosen.map((file) => fileSource(file, hash))),
    download: (file) => startDownload(file, { transport, token: session.token() }),
  };
}
