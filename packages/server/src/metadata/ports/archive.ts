import type { ArchiveIndex } from "../../core/archive/archive-index.ts";
import type { ArchiveTree } from "../../core/archive/archive-tree.ts";
import type { Backend } from "./backend.ts";
import type { SelectionStore } from "../../core/archive/selection-store.ts";
import { findContents, findCrcs, findSelection } from "../stores/archive-reads.ts";
import { findListed, listListed, readStamp } from "../stores/archive-tree-reads.ts";

export function createArchiveIndex({ reader, write }: Backend): ArchiveIndex {
  return {
    contents: (blobIds) => findContents(reader, blobIds),
    crcs: (blobIds) => findCrcs(reader, blobIds),
    recordCrcs: (input) => write("recordCrcs", input),
  };
}

export function createArchiveTree({ reader }: Backend): ArchiveTree {
  return {
    find: (ids) => findListed(reader, ids),
    children: (input) => listListed(reader, input),
    stamp: () => readStamp(reader),
  };
}

export function createSelectionStore({ reader, write }: Backend): SelectionStore {
  return {
    keep: (input) => write("keepSelection", input),
    find: (id) => findSelection(reader, id),
    extend: (input) => write("extendSelection", input),
    purge: (input) => write("purgeSelections", input),
  };
}
