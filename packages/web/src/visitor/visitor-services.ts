/** The parts of a visitor's page, put together once. Nobody has to be signed in; who is, is asked when something is saved. */
import { createClient, createVisitor, type Client, type Visitor } from "@sampan/sdk";
import { createXhrTransport } from "@sampan/sdk/browser";
import { createHashPool, type HashBlob } from "../hash/hash-pool.ts";
import { createNodeList, type NodeList } from "../files/node-list.ts";
import { createNavigation, type Navigation } from "../places/navigation.ts";
import type { Keep } from "../state/keep.ts";
import { createTransfers, type Transfers } from "../transfers/transfers.ts";
import { createNotices, type Notices } from "../ui/notices.ts";
import { createToasts, type Toasts } from "../ui/toasts.ts";
import { createBringFile } from "./bring-file.ts";
import { keepUploads } from "./kept-uploads.ts";
import { tellOpenedToLink } from "./opened-to-link.ts";
import { createLinkSource } from "./link-source.ts";
import { createLinkVisit, type LinkVisit } from "./link-visit.ts";
import { createLinkAddresses } from "./visited-link.ts";

export interface VisitorServices {
  readonly client: Client;
  readonly visitor: Visitor;
  readonly visit: LinkVisit;
  readonly navigation: Navigation;
  readonly files: NodeList;
  readonly transfers: Transfers;
  readonly notices: Notices;
  readonly toasts: Toasts;
  readonly device: Keep;
  readonly hash: HashBlob;
}

const HASHED_AT_ONCE = 2;

export function startVisitorServices(shareToken: string, device: Keep): VisitorServices {
  const connection = { url: location.origin, transport: createXhrTransport() };
  const kept = keepUploads(shareToken);
  const visitor = createVisitor({
    ...connection,
    shareToken,
    keys: { uploads: kept.read() },
    onKeys: ({ uploads }) => kept.write(uploads ?? {}),
  });
  const navigation = createNavigation(createLinkAddresses(shareToken));
  const files = createNodeList(createLinkSource(visitor));
  const visit = createLinkVisit(visitor);
  const transfers: Transfers = createTransfers({
    // There is no list of a visitor's uploads: a file that is added again finds its own.
    client: {
      abortUpload: visitor.abortUpload,
      listUploads: () => Promise.resolve({ items: [], nextCursor: null }),
    },
    upload: createBringFile({
      visitor: tellOpenedToLink(visitor, (opened) => transfers.noteOpened(opened)),
      onRetry: () => transfers.noteReconnecting(),
    }),
    remembered: {
      add: () => undefined,
      remove: () => undefined,
      findUnfinished: () => Promise.resolve([]),
    },
    onStored: () => void visit.refresh(),
  });

  function openPlace(): void {
    const state = visit.get();
    const isFolder =
      state.kind === "open" && state.link.kind === "link" && state.link.node.kind === "folder";
    if (isFolder) void files.open(navigation.get());
  }
  navigation.subscribe(openPlace);
  let wasOpen = false;
  visit.subscribe(() => {
    const isOpen = visit.get().kind === "open";
    if (isOpen && !wasOpen) openPlace();
    if (!isOpen) files.leave();
    wasOpen = isOpen;
  });
  // A list that is refused for what the link has become.
  files.subscribe(() => {
    const { failure } = files.get();
    if (failure !== null) visit.note(failure);
  });
  void visit.refresh();
  return {
    client: createClient(connection),
    visitor,
    visit,
    navigation,
    files,
    transfers,
    notices: createNotices(),
    toasts: createToasts(),
    device,
    hash: createHashPool(HASHED_AT_ONCE),
  };
}
