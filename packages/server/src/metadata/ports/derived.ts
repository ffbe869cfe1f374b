import type { DerivedStore } from "../../core/previews/derived-store.ts";
import type { Backend } from "./backend.ts";
import { findDerived } from "../stores/derived-reads.ts";

export function createDerivedStore({ reader, write }: Backend): DerivedStore {
  return {
    find: (key) => findDerived(reader, key),
    request: (input) => write("requestDerived", input),
    publish: (input) => write("publishDerived", input),
    refuse: (input) => write("refuseDerived", input),
  };
}
