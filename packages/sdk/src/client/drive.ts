/** The folder tree. `root` stands for the id of the root folder everywhere. */
import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import type {
  DriveNode,
  FileVersion,
  Job,
  NodeInPlace,
  OnConflict,
  Outcome,
  Page,
  TrashedNode,
} from "../wire.ts";

import { rangeHeaders, readContentInfo, type ContentInfo, type GetContent } from "./content.ts";

export interface ListPage extends CallOptions {
  limit?: number | undefined;
  cursor?: string | undefined;
}

export interface ListChildren extends ListPage {
  sort?: "name" | "modified" | "size" | undefined;
  order?: "asc" | "desc" | undefined;
  kind?: "file" | "folder" | undefined;
}

export interface MakeFolder extends CallOptions {
  /** A name, or several between slashes: what is missing on the way is made. */
  path: string;
  parentId?: string | undefined;
  onConflict?: "fail" | "keep-both" | "reuse" | undefined;
}

export interface ChangeNode extends CallOptions {
  name?: string | undefined;
  parentId?: string | undefined;
  onConflict?: OnConflict | undefined;
  starred?: boolean | undefined;
  tags?: string[] | undefined;
}

export interface PlaceNodes extends CallOptions {
  ids: readonly string[];
  parentId: string;
  onConflict?: OnConflict | undefined;
}

export interface Search extends ListPage {
  kind?: "file" | "folder" | undefined;
  /** Below this folder, however deep; one that is shared with one too. */
  in?: string | undefined;
  /** Without a folder: one's own drive (the default), what others share with one, or both. */
  scope?: "own" | "shared" | "all" | undefined;
}

export type DriveCalls = ReturnType<typeof createDriveCalls>;

export function createDriveCalls(call: Call) {
  const get = <T>(path: string, { signal, ...query }: ListPage & Record<string, unknown> = {}) =>
    callJson<T>(call, { method: "GET", path, query: query as Query, signal });
  const post = <T>(path: string, { signal, ...json }: CallOptions & Record<string, unknown>) =>
    callJson<T>(call, { method: "POST", path, json, signal });

  const listChildren = (id: string, options: ListChildren = {}) =>
    get<Page<DriveNode>>(`${nodePath(id)}/children`, { ...options });

  return {
    getNode: (id: string, options: CallOptions = {}) =>
      get<NodeInPlace>(nodePath(id), { ...options }),

    /** Throws `node-not-found`. */
    findPath: (path: string, options: CallOptions & { from?: string } = {}) =>
      get<NodeInPlace>("/nodes", { path, ...options }),

    listChildren,

    /** All that is in a folder, folders first, page after page. */
    async *eachChild(
      id: string,
      options: Omit<ListChildren, "cursor"> = {},
    ): AsyncGenerator<DriveNode> {
      let cursor: string | undefined;
      do {
        const page = await listChildren(id, { limit: 1_000, ...options, cursor });
        yield* page.items;
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
    },

    makeFolder: (folder: MakeFolder) => post<DriveNode>("/folders", { ...folder }),

    /** Renames, moves, stars, tags. */
    changeNode(id: string, { signal, ...json }: ChangeNode) {
      return callJson<NodeInPlace>(call, { method: "PATCH", path: nodePath(id), json, signal });
    },

    /** All or none. The ids under which they are found now. */
    async moveNodes(move: PlaceNodes): Promise<string[]> {
      return (await post<{ ids: string[] }>("/nodes/move", { ...move })).ids;
    },

    copyNodes: (copy: PlaceNodes) => post<Outcome>("/nodes/copy", { ...copy }),

    copyNode: (id: string, copy: Omit<PlaceNodes, "ids"> & { name?: string | undefined }) =>
      post<Outcome>(`${nodePath(id)}/copy`, { ...copy }),

    async starNodes({
      signal,
      ...json
    }: CallOptions & { ids: readonly string[]; starred: boolean }): Promise<void> {
      await callEmpty(call, { method: "POST", path: "/nodes/star", json, signal });
    },

    async trashNodes(ids: readonly string[], { signal }: CallOptions = {}): Promise<void> {
      await callEmpty(call, { method: "POST", path: "/nodes/trash", json: { ids }, signal });
    },

    /** For good, also out of the trash. */
    deleteNodes: (ids: readonly string[], options: CallOptions = {}) =>
      post<Outcome>("/nodes/delete", { ids, ...options }),

    listTrash: (options: ListPage = {}) => get<Page<TrashedNode>>("/trash", { ...options }),

    async restoreNodes(
      restore: Omit<PlaceNodes, "parentId"> & { parentId?: string | undefined },
    ): Promise<string[]> {
      return (await post<{ ids: string[] }>("/trash/restore", { ...restore })).ids;
    },

    /** The job, where there is much in it. */
    async emptyTrash({ signal }: CallOptions = {}): Promise<Job | null> {
      const response = await call({ method: "DELETE", path: "/trash", signal });
      if (response.status === 204) return null;
      return ((await response.json()) as { job: Job }).job;
    },

    async listVersions(id: string, options: CallOptions = {}): Promise<FileVersion[]> {
      const path = `${nodePath(id)}/versions`;
      return (await get<{ items: FileVersion[] }>(path, { ...options })).items;
    },

    /** The raw answer, as `getContent`'s. */
    getVersion(id: string, number: number, { signal, ...wanted }: GetContent = {}) {
      const request = { path: `${versionPath(id, number)}/content`, headers: rangeHeaders(wanted) };
      return call({ ...request, method: "GET", signal });
    },

    async headVersion(id: string, number: number, options: CallOptions = {}): Promise<ContentInfo> {
      const path = `${versionPath(id, number)}/content`;
      return readContentInfo(await callEmpty(call, { ...options, method: "HEAD", path }));
    },

    /** For good; not the current one. */
    async deleteVersion(id: string, number: number, options: CallOptions = {}): Promise<void> {
      const path = versionPath(id, number);
      await callEmpty(call, { ...options, method: "DELETE", path });
    },

    restoreVersion: (id: string, number: number, options: CallOptions = {}) =>
      post<DriveNode>(`${versionPath(id, number)}/restore`, { ...options }),

    listRecent: (options: ListPage = {}) => get<Page<DriveNode>>("/recent", { ...options }),
    listStarred: (options: ListPage = {}) => get<Page<DriveNode>>("/starred", { ...options }),

    /** By any part of the name. A page may be short: `nextCursor` says whether there is more. */
    search: (text: string, options: Search = {}) =>
      get<Page<DriveNode>>("/search", { q: text, ...options }),

    getJob: (id: string, options: CallOptions = {}) => get<Job>(jobPath(id), { ...options }),
    cancelJob: (id: string, options: CallOptions = {}) =>
      post<Job>(`${jobPath(id)}/cancel`, { ...options }),
  };
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

function nodePath(id: string): string {
  return `/nodes/${encodeURIComponent(id)}`;
}

function versionPath(id: string, number: number): string {
  return `${nodePath(id)}/versions/${number}`;
}

function jobPath(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}
