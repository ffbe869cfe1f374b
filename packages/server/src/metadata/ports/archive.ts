import type { ArchiveIndex } from "../../core/archive/archive-index.ts";
import type { Backend } from "./backend.ts";
import { findContents, findCrcs } from "../stores/archive-reads.ts";

export function createArchiveIndex({ reader, write }: Backend): ArchiveIndex {
  return {
    contents: (blobIds) => findContents(reader, blobIds),
    crcs: (blobIds) => findCrcs(reader, blobIds),
    recordCrcs: (input) => write("recordCrcs", input),
  };
}
