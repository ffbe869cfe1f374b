import type { Failure } from "../transfers/failure.ts";
import type { Format } from "./format.ts";

const files = (count: number): string => (count === 1 ? "1 file" : `${count} files`);

export const english = {
  otherLanguage: "中文",
  switchLanguage: "切换到简体中文",
  signIn: {
    lead: "Your files, on your own server.",
    token: "Owner’s token",
    show: "Show",
    hide: "Hide",
    help: "Printed on the server by",
    keep: "Keep me signed in on this device",
    submit: "Sign in",
    wrong: "The server does not accept this token.",
    empty: "Enter the token first.",
    refused: "Your token is no longer valid.",
    docs: "API documentation",
  },
  top: {
    search: "Name begins with…",
    searchLabel: "Find files by the beginning of their name",
    clearSearch: "Clear search",
    upload: "Upload",
    signOut: "Sign out",
  },
  usage: {
    used: (used: string) => `${used} used`,
    usedOf: (used: string, quota: string) => `${used} of ${quota} used`,
    label: "Storage used",
  },
  files: {
    title: "Files",
    name: "Name",
    size: "Size",
    modified: "Modified",
    actions: "Actions",
    loading: "Loading…",
    download: (name: string) => `Download ${name}`,
    delete: (name: string) => `Delete ${name}`,
    confirmDelete: (name: string) => `Delete “${name}” for good?`,
    confirm: "Delete",
    keep: "Keep",
    deleted: (name: string) => `${name} is deleted`,
    deleteFailed: (name: string, reason: string) => `“${name}” is not deleted. ${reason}`,
    downloadFailed: (name: string, reason: string) => `“${name}” cannot be downloaded. ${reason}`,
    listFailed: (reason: string) => `The list cannot be loaded. ${reason}`,
    tryAgain: "Try again",
    emptyTitle: "Drop your first files here",
    emptyText: "Large ones too: they continue after a lost connection or a reload.",
    choose: "Choose files",
    noMatch: (prefix: string) => `No name begins with “${prefix}”.`,
    dropHere: "Drop to upload",
    noFolders: "Folders cannot be uploaded yet. Open the folder and drop the files in it.",
    dismiss: "Dismiss",
  },
  dock: {
    title: "Transfers",
    uploading: (done: number, count: number) => `Uploading · ${done} of ${count} done`,
    paused: (count: number) => `${files(count)} paused`,
    failed: (count: number) => `${files(count)} failed`,
    finished: (count: number) => `${files(count)} stored`,
    nothing: "Nothing to do",
    afterSignIn: "Uploads go on after you sign in",
    unfinished: (count: number) =>
      count === 1 ? "1 unfinished upload" : `${count} unfinished uploads`,
    reconnecting: "Connection lost. Trying again…",
    ofTotal: (percent: string, size: string) => `${percent} of ${size}`,
    left: (time: string) => `${time} left`,
    ofSize: (moved: string, size: string) => `${moved} of ${size}`,
    collapse: "Collapse",
    expand: "Expand",
    pauseAll: "Pause all",
    resumeAll: "Resume all",
    cancelAll: "Cancel all",
    retryFailed: "Retry failed",
    clear: "Clear done",
    confirmCancelAll: (count: number) =>
      count === 1 ? "Cancel it and discard what was sent?" : `Cancel all ${count} uploads?`,
    keepGoing: "Keep going",
    pause: (name: string) => `Pause ${name}`,
    resume: (name: string) => `Resume ${name}`,
    cancel: (name: string) => `Cancel ${name}`,
    retry: (name: string) => `Try ${name} again`,
    keepBoth: "Keep both",
    keepAll: "Keep both for all",
    replace: "Replace",
    replaceAll: "Replace all",
    waiting: "Waiting",
    checking: "Checking",
    verifying: "Verifying",
    isPaused: "Paused",
    isCancelled: "Cancelled",
    stored: "Stored and verified",
    continued: (bytes: string) => `Stored and verified, ${bytes} were already there`,
    instant: "Already here, nothing had to be sent",
    instantRest: "Already here, the rest did not have to be sent",
    addAgain: (percent: string) => `${percent} is on the server. Add the file again to continue.`,
    discard: (name: string) => `Discard ${name}`,
    discardFailed: (name: string, reason: string) => `“${name}” is not discarded. ${reason}`,
  },
  spoken: {
    started: (count: number) => `Uploading ${files(count)}`,
    stored: (name: string) => `${name} is stored`,
    storedMany: (count: number) => `${files(count)} stored`,
    failed: (name: string, reason: string) => `${name} failed. ${reason}`,
    failedMany: (count: number) => `${files(count)} failed`,
    allDone: "All uploads are finished",
    reconnecting: "Connection lost. Trying again.",
  },
  explain: explainInEnglish,
};

export type Dictionary = typeof english;

/** One or two plain sentences; the second says what helps. */
function explainInEnglish({ code, facts }: Failure, format: Format): string {
  const bytes = (fact: string): string => format.bytes(Number(facts[fact] ?? 0));
  switch (code) {
    case "name-taken":
      return "Another file already has this name.";
    case "name-refused":
      return "Not every system allows this name. Rename the file, then add it again.";
    case "file-too-large":
      return `The server accepts files up to ${bytes("limitBytes")}.`;
    case "quota-exceeded":
      return `It does not fit into the quota of ${bytes("quotaBytes")}. Delete something first.`;
    case "disk-full":
      return "The server’s disk is full.";
    case "too-many-uploads":
      return "Too many uploads are open. Finish or cancel some first.";
    case "writes-stopped":
      return "The server accepts no files at the moment.";
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
      return "It is no longer on the server.";
    case "unauthenticated":
      return "Sign in again to go on.";
    case "connection-lost":
      return "The server cannot be reached. Check the connection, then try again.";
    default:
      return `Something unexpected happened (${code}). Try again.`;
  }
}
