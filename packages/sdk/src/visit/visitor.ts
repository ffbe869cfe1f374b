/**
 * A visitor of a link: reads what is shared, or brings files to a folder that asks for them. Without an account, but for `save`.
 * Every call is one attempt, never retried; on a link with a password all but `unlock` throw `share-locked` until that has succeeded.
 * Unknown, revoked and expired links are all `shared-link-not-found`; a link whose downloads are used up is `downloads-spent`.
 */
import { callJson, createCall, type CallOptions, type Connection } from "../call.ts";
import type { ListChildren } from "../client/drive.ts";
import type { GetPreview } from "../client/files.ts";
import { eachOf } from "../client/pages.ts";
import type { LinkFolder, Outcome, VisitedLink } from "../wire.ts";
import { createDownloadTickets } from "./download-tickets.ts";
import { createLinkAddresses } from "./link-addresses.ts";
import { createLinkContent, type LinkSelection } from "./link-content.ts";
import { createLinkUploads } from "./link-uploads.ts";

/** What opens the link again without its password, and goes on with downloads that are counted: plain data, to be kept like a password. */
export interface VisitorKeys {
  /** For 12 hours, or until the password changes. */
  readonly credential?: string | undefined;
  /** By what was downloaded; each for a day. */
  readonly tickets?: Readonly<Record<string, string>> | undefined;
  /** Ids of files on their way to the link, by the `resumeKey` of their source. */
  readonly uploads?: Readonly<Record<string, string>> | undefined;
}

export interface VisitorOptions extends Omit<Connection, "token"> {
  /** What follows `/s/` in the link: see `parseShareLink`. */
  shareToken: string;
  /** For `save` alone: of the account that saves. In a browser its cookies do as well. */
  token?: Connection["token"] | undefined;
  /** Of an earlier visitor. */
  keys?: VisitorKeys | undefined;
  /** Called with every new key before what it was given for is passed on; awaited, so that a crash loses no download that was counted. */
  onKeys?: ((keys: VisitorKeys) => void | Promise<void>) | undefined;
}

export interface ListLinkChildren extends Omit<ListChildren, "kind"> {
  /** A folder below what is shared; that itself unless said. */
  id?: string | undefined;
}

export type Visitor = ReturnType<typeof createVisitor>;

export function createVisitor({
  shareToken,
  token,
  keys: first = {},
  onKeys,
  ...connection
}: VisitorOptions) {
  const base = `/s/${encodeURIComponent(shareToken)}`;
  const call = createCall(connection);
  const callAsAccount = createCall({ ...connection, ...(token === undefined ? {} : { token }) });
  let keys = first;

  async function keep(more: VisitorKeys): Promise<void> {
    keys = { ...keys, ...more };
    await onKeys?.(keys);
  }
  const tickets = createDownloadTickets({
    tickets: first.tickets ?? {},
    onTicket: (all) => keep({ tickets: all }),
  });
  const key = () => ({ "Sampan-Share": keys.credential });
  const content = createLinkContent(call, { base, tickets, key });

  const get = <T>(path: string, { signal, ...query }: ListLinkChildren) =>
    callJson<T>(call, { method: "GET", path: `${base}${path}`, query, headers: key(), signal });

  const listChildren = (options: ListLinkChildren = {}) =>
    get<LinkFolder>("/children", { ...options });

  async function getPreview(
    path: string,
    { size, version, signal }: GetPreview & { size?: number },
  ): Promise<Response | null> {
    const query = { size, v: version };
    const request = { method: "GET", path: `${base}${path}`, query, headers: key(), signal };
    const response = await call(request);
    if (response.status !== 202) return response;
    await response.body?.cancel();
    return null;
  }

  return {
    /** What has been gathered so far: see `VisitorOptions.keys`. */
    get keys(): VisitorKeys {
      return keys;
    },

    getLink: (options: CallOptions = {}) => get<VisitedLink>("", { ...options }),

    /** Throws `share-locked` with `isWrong`, `too-many-attempts`. In a browser a cookie is left as well, for `contentUrl` and the like. */
    async unlock(password: string, { signal }: CallOptions = {}): Promise<void> {
      const request = { method: "POST", path: `${base}/unlock`, json: { password }, signal };
      const { credential } = await callJson<{ credential: string }>(call, request);
      await keep({ credential });
    },

    /** One page of a folder, folders first. */
    listChildren,

    eachChild: (options: Omit<ListLinkChildren, "cursor"> = {}) =>
      eachOf((cursor) => listChildren({ limit: 1_000, ...options, cursor })),

    /** WebP, as the raw answer; null while it is being made. Throws `no-preview` where there will be none. */
    getThumbnail: (id: string, options: GetPreview & { size?: 256 | 1024 } = {}) =>
      getPreview(`/thumbnail/${encodeURIComponent(id)}`, options),

    /** How a text begins, as the raw answer; null while it is being made. Throws `no-preview` where there will be none. */
    getExcerpt: (id: string, options: GetPreview = {}) =>
      getPreview(`/excerpt/${encodeURIComponent(id)}`, options),

    /** Into a folder of the account's own drive, by reference. Counts as a download. */
    save({
      signal,
      ...json
    }: LinkSelection & CallOptions & { parentId?: string | undefined } = {}): Promise<Outcome> {
      const request = { method: "POST", path: `${base}/save`, json, headers: key(), signal };
      return callJson<Outcome>(callAsAccount, request);
    },

    ...createLinkUploads(call, { base, key }),

    /** Keeps in `keys` which upload a source belongs to; null forgets it. */
    async rememberUpload(resumeKey: string, id: string | null): Promise<void> {
      const { [resumeKey]: _old, ...others } = keys.uploads ?? {};
      await keep({ uploads: id === null ? others : { ...others, [resumeKey]: id } });
    },

    ...content,
    ...createLinkAddresses(`${connection.url.replace(/\/+$/, "")}/api/v1${base}`),
  };
}
