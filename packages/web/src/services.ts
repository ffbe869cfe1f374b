/** The page's parts, put together once; they live as long as the page, whatever it shows. */
import { createUploader, type Client, type User } from "@sampan/sdk";
import { createFileActions, type FileActions } from "./files/actions/actions.ts";
import { createFollowChanges, type Change } from "./files/follow-changes.ts";
import { toItem } from "./files/item.ts";
import { createDriveSource } from "./files/list-source.ts";
import { createNodeList, type NodeList } from "./files/node-list.ts";
import { createOwnSource } from "./files/own-source.ts";
import { rightsOf } from "./files/rights.ts";
import { takeChanges } from "./files/take-changes.ts";
import { createHashPool } from "./hash/hash-pool.ts";
import { createSmallHasher } from "./hash/small-hasher.ts";
import { createNavigation, type Navigation } from "./places/navigation.ts";
import { isPage, isSamePlace, rootPlace } from "./places/place.ts";
import type { PreviewSource } from "./preview/preview-source.ts";
import { connect, findSession } from "./session/connect.ts";
import { createServerInfo, type ServerInfoStore } from "./session/server-info.ts";
import { createSession, type Session } from "./session/session.ts";
import type { Keep } from "./state/keep.ts";
import { tellOpenedUploads } from "./transfers/opened-uploads.ts";
import { groupByFolder, readEntries } from "./transfers/read-entries.ts";
import { rememberUploads } from "./transfers/remembered-uploads.ts";
import { createTransfers, type Transfers } from "./transfers/transfers.ts";
import { createUploadTree } from "./transfers/upload-tree.ts";
import { createNotices, type Notices } from "./ui/notices.ts";
import type { Dropped } from "./ui/use-file-drop.ts";
import { createToasts, type Toasts } from "./ui/toasts.ts";

export interface Services {
  readonly client: Client;
  readonly session: Session;
  readonly navigation: Navigation;
  readonly files: NodeList;
  readonly actions: FileActions;
  readonly previewSource: PreviewSource;
  readonly serverInfo: ServerInfoStore;
  readonly transfers: Transfers;
  readonly notices: Notices;
  readonly toasts: Toasts;
  readonly device: Keep;
  /** Into the open folder. */
  upload(chosen: readonly File[]): void;
  uploadDropped(dropped: Dropped): void;
  signOut(): Promise<void>;
}

/** A browser opens six connections to a server; the list and the buttons need some of them. */
const MAX_UPLOAD_CONNECTIONS = 4;
/** A laptop may sleep, a router restart. Longer than this, the person is asked. */
const RETRY_FOR_MS = 15 * 60_000;
const HASHED_AT_ONCE = 2;
/** The server may still be recording what the requests had brought that a reload cut. */
const SALVAGE_MS = 2_000;

export function startServices(device: Keep): Services {
  const session = createSession();
  const { client, transport } = connect(session);
  const navigation = createNavigation();
  const files = createNodeList(createDriveSource(client));
  const serverInfo = createServerInfo(client);
  const notices = createNotices();
  const toasts = createToasts();
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
      files.note({ placed: [toItem(file)] });
      serverInfo.refresh();
    },
  });
  const uploadTree = createUploadTree({
    client,
    transfers,
    notices,
    hash,
    retryForMs: RETRY_FOR_MS,
  });
  const actions = createFileActions({
    client,
    transport,
    files,
    usage: serverInfo,
    notices,
    toasts,
    navigation,
  });

  /** One after the other: what comes while the list is being asked for is asked about afterwards. */
  let taking = Promise.resolve();
  const takeNext = (heard: readonly Change[]): void => {
    // What cannot be asked now, the list's own next question shows.
    const take = (): Promise<void> => takeChanges(heard, { client, files }).catch(() => undefined);
    taking = taking.then(take);
    serverInfo.refresh();
  };
  const changes = createFollowChanges({ client, onChanges: takeNext });

  /** A stream holds one of the few connections that a browser opens to a server, for all tabs together: hidden ones do without. */
  function followWhileVisible(): void {
    const isSignedIn = session.get().kind === "signed-in";
    if (isSignedIn && document.visibilityState === "visible") changes.follow();
    else changes.pause();
  }
  /** In another tab somebody may have signed out, or in to another account. */
  function checkOnReturn(): void {
    if (document.visibilityState !== "visible" || session.get().kind === "asking") return;
    findSession(session, { client, retryForMs: 0 }).catch(() => undefined);
  }
  document.addEventListener("visibilitychange", followWhileVisible);
  document.addEventListener("visibilitychange", checkOnReturn);

  function findUnfinished(): void {
    if (session.get().kind !== "signed-in") return;
    // Without the answer nothing is lost: adding a file again continues it all the same.
    transfers.findUnfinished().catch(() => undefined);
  }

  function openPlace(): void {
    const state = session.get();
    const isGuest = state.kind === "signed-in" && state.user.role === "guest";
    // A guest has no drive, only what is shared with them.
    if (isGuest && isSamePlace(navigation.get(), rootPlace)) {
      navigation.replace({ kind: "shared" });
      return;
    }
    const place = navigation.get();
    if (!isPage(place)) void files.open(place);
  }

  /** Whose the transfers are. */
  let lastUser: User | null = null;
  function forgetShown(): void {
    changes.leave();
    files.leave();
    serverInfo.leave();
    notices.clear();
    toasts.dismiss();
    actions.clipboard.set(null);
  }
  function follow(): void {
    const state = session.get();
    if (state.kind === "asking") return;
    forgetShown();
    if (state.kind === "signed-in") {
      if (lastUser !== null && lastUser.id !== state.user.id) transfers.leave();
      lastUser = state.user;
      openPlace();
      serverInfo.refresh();
      findUnfinished();
      setTimeout(findUnfinished, SALVAGE_MS);
      transfers.retryFailed(({ code }) => code === "unauthenticated");
      // What a session's end interrupted goes on after the next sign-in.
    } else if (!state.wasRefused) transfers.leave();
  }
  session.subscribe(follow);
  session.subscribe(followWhileVisible);
  navigation.subscribe(() => {
    if (session.get().kind === "signed-in") openPlace();
  });
  // Anything but a lost connection, which it outlasts, the list would say as well.
  findSession(session, { client }).catch(() => session.leave({ wasRefused: false }));

  /** Null where nothing can be put down. */
  function findTarget(): string | null {
    const place = navigation.get();
    if (place.kind !== "folder") return null;
    const { folder, place: shown } = files.get();
    const isShown = shown.kind === "folder" && shown.id === place.id;
    if (!isShown) return place.id;
    return rightsOf(files.get()).canAdd ? (folder?.id ?? place.id) : null;
  }
  return {
    client,
    session,
    navigation,
    files,
    actions,
    previewSource: createOwnSource(client),
    serverInfo,
    transfers,
    notices,
    toasts,
    device,
    upload(chosen) {
      // What shows no folder leaves no doubt where it goes; a folder that takes nothing would.
      const isElsewhere = navigation.get().kind !== "folder";
      const targetId = findTarget() ?? (isElsewhere ? "root" : null);
      if (targetId === null) notices.show(({ t }) => t.files.viewOnly);
      else void uploadTree(groupByFolder(chosen), targetId);
    },
    uploadDropped({ entries, files: loose }) {
      const targetId = findTarget();
      if (targetId === null) {
        notices.show(({ t }) => t.files.dropElsewhere);
        return;
      }
      if (loose.length > 0) void uploadTree(groupByFolder(loose), targetId);
      if (entries.length > 0) void uploadTree(readEntries(entries), targetId);
    },
    async signOut() {
      try {
        await client.browserLogOut();
        session.leave({ wasRefused: false });
        navigation.replace(rootPlace);
      } catch {
        notices.show(({ t }) => t.top.signOutFailed);
      }
    },
  };
}
