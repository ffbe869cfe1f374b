/** What one lets others reach, and what others let one reach. Who visits a link uses `createVisitor`. */
import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import { readText } from "../transport.ts";
import type { NewShare, Page, Share, ShareChanges, SharedWithMe, ShareLogLine } from "../wire.ts";
import type { ListPage } from "./drive.ts";
import { eachOf } from "./pages.ts";

export interface ListShares extends ListPage {
  /** Of one file or folder only. */
  nodeId?: string | undefined;
}

type Each = Omit<ListPage, "cursor">;

export type ShareCalls = ReturnType<typeof createShareCalls>;

export function createShareCalls(call: Call) {
  const get = <T>(path: string, { signal, ...query }: ListShares) =>
    callJson<T>(call, { method: "GET", path, query, signal });

  const listShares = (options: ListShares = {}) => get<Page<Share>>("/shares", { ...options });
  const listSharedWithMe = (options: ListPage = {}) =>
    get<Page<SharedWithMe>>("/shared-with-me", { ...options });
  const listShareLog = (id: string, options: ListPage = {}) =>
    get<Page<ShareLogLine>>(`${sharePath(id)}/log`, { ...options });

  async function getText(path: string, { signal }: CallOptions): Promise<string> {
    return await readText(await call({ method: "GET", path, signal }), signal);
  }

  return {
    /** Only of what is one's own, and not of the root. Throws `node-not-found`, `account-not-found`. */
    createShare: (share: NewShare, { signal }: CallOptions = {}) =>
      callJson<Share>(call, { method: "POST", path: "/shares", json: share, signal }),

    /** Newest first. */
    listShares,

    eachShare: (options: Omit<ListShares, "cursor"> = {}) =>
      eachOf((cursor) => listShares({ limit: 1_000, ...options, cursor })),

    getShare: (id: string, options: CallOptions = {}) => get<Share>(sharePath(id), { ...options }),

    changeShare: (id: string, changes: ShareChanges, { signal }: CallOptions = {}) =>
      callJson<Share>(call, { method: "PATCH", path: sharePath(id), json: changes, signal }),

    /** Effective at once: downloads on their way end. */
    async revokeShare(id: string, { signal }: CallOptions = {}): Promise<void> {
      await callEmpty(call, { method: "DELETE", path: sharePath(id), signal });
    },

    /** Who used it, newest first. */
    listShareLog,

    eachShareLogLine: (id: string, options: Each = {}) =>
      eachOf((cursor) => listShareLog(id, { limit: 1_000, ...options, cursor })),

    /** The link as a QR code: an SVG image, with its quiet border. */
    getShareQr: (id: string, options: CallOptions = {}) =>
      getText(`${sharePath(id)}/qr.svg`, options),

    /** The same for a dark terminal, in characters of two modules each: light ones are drawn, dark ones are blank. */
    getShareQrText: (id: string, options: CallOptions = {}) =>
      getText(`${sharePath(id)}/qr.txt`, options),

    /** Newest first. */
    listSharedWithMe,

    /** Ends it from the receiving side; whoever shares it may share it again. */
    async leaveShare(id: string, { signal }: CallOptions = {}): Promise<void> {
      const path = `/shared-with-me/${encodeURIComponent(id)}`;
      await callEmpty(call, { method: "DELETE", path, signal });
    },

    eachSharedWithMe: (options: Each = {}) =>
      eachOf((cursor) => listSharedWithMe({ limit: 1_000, ...options, cursor })),
  };
}

function sharePath(id: string): string {
  return `/shares/${encodeURIComponent(id)}`;
}
