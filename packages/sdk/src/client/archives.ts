import { callEmpty, callJson, type Call, type CallOptions, type CallRequest } from "../call.ts";
import type { Archive } from "../wire.ts";
import { readContentInfo, rangeHeaders, type ContentInfo, type GetContent } from "./content.ts";

/** Files and folders, each folder with all that is in it; without `ids` the whole drive. */
export interface ArchiveSelection {
  ids?: readonly string[] | undefined;
  /** What to save it as. */
  name?: string | undefined;
}

/** A selection, or the id of one that `createArchive` has kept. */
export type ArchiveAddress = ArchiveSelection | { id: string };

export type ArchiveCalls = ReturnType<typeof createArchiveCalls>;

export function createArchiveCalls(call: Call) {
  return {
    /** Keeps a selection, which may be too long for an address, until a day after its last use or a restart. */
    createArchive({ ids, name }: ArchiveSelection, options: CallOptions = {}) {
      const json = { ids, name };
      return callJson<Archive>(call, { ...options, method: "POST", path: "/archive", json });
    },

    async headArchive(address: ArchiveAddress, options: CallOptions = {}): Promise<ContentInfo> {
      const request = { ...options, ...locate(address), method: "HEAD" };
      return readContentInfo(await callEmpty(call, request));
    },

    /** The raw answer: 206 for a range, 200 for the whole, its body not yet read. */
    getArchive(address: ArchiveAddress, { signal, ...wanted }: GetContent = {}): Promise<Response> {
      return call({ ...locate(address), method: "GET", headers: rangeHeaders(wanted), signal });
    },
  };
}

function locate(address: ArchiveAddress): Pick<CallRequest, "path" | "query"> {
  if ("id" in address) return { path: `/archive/${encodeURIComponent(address.id)}` };
  return { path: "/archive", query: { ids: address.ids?.join(","), name: address.name } };
}
