import type { NameSearch, NodeStore } from "../../core/drive/node-store.ts";
import { isOpenJob } from "../../core/drive/tree-job.ts";
import type { Backend } from "./backend.ts";
import * as lists from "../stores/node-lists.ts";
import * as nodes from "../stores/node-reads.ts";
import { hasUnindexedNames } from "../stores/name-index.ts";
import { findByName } from "../stores/name-search.ts";
import { measureTrash, measureTrees } from "../stores/measure-trees.ts";
import { findTreeJob, listTreeJobs } from "../stores/tree-jobs.ts";

export function createNodeStore({ reader, write }: Backend): NodeStore {
  return {
    find: (id) => nodes.findNode(reader, id),
    findMany: (ids) => nodes.findNodes(reader, ids),
    trail: (id) => nodes.findTrail(reader, id),
    findByNames: (input) => nodes.findByNames(reader, input),
    children: (input) => lists.listChildren(reader, input),
    recent: (input) => lists.listRecent(reader, input),
    starred: (input) => lists.listStarred(reader, input),
    tagged: (input) => lists.listTagged(reader, input),
    tags: (accountId) => lists.listTags(reader, accountId),
    marks: (input) => lists.findMarks(reader, input),
    trash: (input) => lists.listTrash(reader, input),
    versions: (id) => lists.listVersions(reader, id),
    makeFolders: (input) => write("makeFolders", input),
    change: (input) => write("changeNode", input),
    move: (input) => write("moveNodes", input),
    copy: async (input) =>
      write("copyNodes", { ...input, counted: await measureTrees(reader, input.ids) }),
    trashNodes: (input) => write("trashNodes", input),
    restore: (input) => write("restoreNodes", input),
    async remove(input) {
      const { nodes: counted } = await measureTrees(reader, input.ids);
      return write("removeNodes", { ...input, counted });
    },
    async emptyTrash(input) {
      const { nodes: counted } = await measureTrash(reader, input.ownerId);
      return write("emptyTrash", { ...input, counted });
    },
    expireTrash: (input) => write("expireTrash", input),
    expireVersions: (input) => write("expireVersions", input),
    restoreVersion: (input) => write("restoreVersion", input),
    removeVersion: (input) => write("removeVersion", input),
    setStar: (input) => write("setStar", input),
    findJob: (id) => findTreeJob(reader, id),
    jobs: (input) => listTreeJobs(reader, input),
    async advanceJob(input) {
      const job = await findTreeJob(reader, input.id);
      const isCopying = job?.kind === "copy" && isOpenJob(job);
      return write(isCopying ? "advanceTreeJob" : "clearTreeJob", input);
    },
    purgeJobs: (input) => write("purgeTreeJobs", input),
    endJob: (input) => write("endTreeJob", input),
  };
}

export function createNameSearch({ reader, write }: Backend): NameSearch {
  return {
    find: (query) => findByName(reader, query),
    // Most of the time nothing is new, and the writer need not hear of it.
    catchUp: async (input) => ((await hasUnindexedNames(reader)) ? write("indexNames", input) : 0),
  };
}
