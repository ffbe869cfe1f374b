import type { Failure } from "../transfers/failure.ts";
import type { Format } from "./format.ts";

/** One or two plain sentences; the second says what helps. */
export function explainInEnglish({ code, facts }: Failure, format: Format): string {
  const bytes = (fact: string): string => format.bytes(Number(facts[fact] ?? 0));
  switch (code) {
    case "fields-empty":
      return "Fill in every field first.";
    case "sign-in-failed":
      return "The name or the password is wrong.";
    case "totp-required":
      return "This code is not valid, or was used already. Enter the next one.";
    case "too-many-attempts":
      return `Too many attempts. Try again in ${format.duration(Number(facts["retryAfterSeconds"] ?? 60))}.`;
    case "account-disabled":
      return "This account is disabled. Ask whoever runs this server.";
    case "account-name-taken":
      return "Somebody has this name already. Choose another one.";
    case "account-name-refused":
      return "A name has 2 to 64 letters, digits or . _ @ + -";
    case "password-refused":
      return "This password is too short or too long.";
    case "link-invalid":
      return "This link is used up, expired or incomplete. Ask for a new one.";
    case "signup-closed":
      return "New accounts need an invitation here.";
    case "identity-taken":
      return "This account elsewhere belongs to somebody else here.";
    case "provider-failed":
    case "provider-unavailable":
    case "oauth-state-invalid":
      return "Signing in there did not work. Try again.";
    case "session-over":
      return "You were signed out. Sign in again to go on.";
    case "cross-site":
      return "The browser says that this came from another site. Reload the page.";
    case "forbidden":
      return "Your account may not do this.";
    case "name-taken":
      return "Something else here already has this name.";
    case "name-refused":
      return "Not every system allows this name. Choose another one.";
    case "file-too-large":
      return `The server accepts files up to ${bytes("limitBytes")}.`;
    case "archive-too-large":
      return "That is too much for one archive. Choose less at a time.";
    case "quota-exceeded":
      return `It does not fit into the quota of ${bytes("quotaBytes")}. Delete something first.`;
    case "disk-full":
      return "The server’s disk is full.";
    case "too-many-uploads":
      return "Too many uploads are open. Finish or cancel some first.";
    case "writes-stopped":
      return "The server accepts no files at the moment.";
    case "parent-gone":
      return "The folder is gone. Add it to another one.";
    case "folder-into-itself":
      return "A folder cannot lie in itself.";
    case "too-deep":
      return "Folders cannot be nested deeper.";
    case "upload-aborted":
    case "upload-expired":
    case "upload-failed":
    case "upload-not-found":
      return "The server has let go of this upload. Trying again starts over.";
    case "digest-mismatch":
      return "What arrived differs from the file, so nothing was stored. Try again.";
    case "source-changed":
      return "The file changed while it was sent. Add it again.";
    case "unreadable":
      return "The browser cannot read this file. Add it again.";
    case "file-not-found":
    case "node-not-found":
    case "not-a-folder":
    case "node-trashed":
      return "It is no longer there.";
    case "unauthenticated":
      return "Sign in again to go on.";
    case "connection-lost":
      return "The server cannot be reached. Check the connection, then try again.";
    default:
      return `Something unexpected happened (${code}). Try again.`;
  }
}
