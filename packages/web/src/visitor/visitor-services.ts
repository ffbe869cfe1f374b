/** The parts of a visitor's page, put together once. Nobody has to be signed in; who is, is asked when something is saved. */
import { createClient, createVisitor, type Client, type Visitor } from "@sampan/sdk";
import { createXhrTransport } from "@sampan/sdk/browser";
import { createNodeList, type NodeList } from "../files/node-list.ts";
import { createNavigation, type Navigation } from "../places/navigation.ts";
import type { Keep } from "../state/keep.ts";
import { createTransfers, type Transfers } from "../transfers/transfers.ts";
import { createNotices, type Notices } from "../ui/notices.ts";
import { createToasts, type Toasts } from "../ui/toasts.ts";
import { createBringFile } from "./bring-file.ts";
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
}

export function startVisitorServices(shareToken: string, device: Keep): VisitorServices {
  const connection = { url: location.origin, transport: createXhrTransport() };
  const visitor = createVisitor({ ...connection, shareToken });
  const navigation = createNavigation(createLinkAddresses(shareToken));
  const files = createNodeList(createLinkSource(visitor));
  const visit = createLinkVisit(visitor);
  const transfers: Transfers = createTransfers({
    // A visitor's uploads are not known to any account: what is cut is sent again.
    client: {
      abortUpload: () => Promise.resolve(),
      listUploads: () => Promise.resolve({ items: [], nextCursor: null }),
    },
    upload: createBringFile(visitor),
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
  };
}
