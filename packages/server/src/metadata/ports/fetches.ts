import type { FetchStore } from "../../core/fetches/fetch-store.ts";
import type { Backend } from "./backend.ts";
import * as reads from "../stores/fetch-reads.ts";

export function createFetchStore({ reader, write }: Backend): FetchStore {
  return {
    create: (input) => write("createFetch", input),
    find: (id) => reads.findFetch(reader, id),
    list: (input) => reads.listFetches(reader, input),
    begin: (input) => write("beginFetch", input),
    attach: (input) => write("attachUpload", input),
    postpone: (input) => write("postponeFetch", input),
    end: (input) => write("endFetch", input),
    cancel: (input) => write("cancelFetch", input),
    restart: (input) => write("restartFetch", input),
    remove: (id) => write("removeFetch", id),
    purge: (input) => write("purgeFetches", input),
  };
}
