import { linkOwnFile, linkUpload } from "./instant-link.ts";
import { issueChallenge, purgeChallenges, takeChallenge } from "./instant-writes.ts";

export const instantCommands = {
  issueChallenge,
  takeChallenge,
  linkUpload,
  linkOwnFile,
  purgeChallenges,
};
