import type { InstantStore } from "../../core/uploads/instant-store.ts";
import type { Backend } from "./backend.ts";
import { findOwnContent } from "../stores/own-content.ts";

export function createInstantStore({ reader, write }: Backend): InstantStore {
  return {
    findOwn: (input) => findOwnContent(reader, input),
    issue: (challenge) => write("issueChallenge", challenge),
    take: (input) => write("takeChallenge", input),
    link: (input) => write("linkUpload", input),
    linkOwn: (input) => write("linkOwnFile", input),
    purge: (input) => write("purgeChallenges", input),
  };
}
