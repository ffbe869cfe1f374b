/**
 * Every write, by the name under which it crosses to the writer. Each runs inside one transaction, and its input and result are plain data.
 */
import type { Db } from "../schema.ts";
import { archiveCommands } from "./archive-commands.ts";
import { ensureOwner, replaceToken } from "./account-writes.ts";
import {
  addDigests,
  collectBlobs,
  forgetStored,
  identifyBlob,
  replaceManifest,
} from "./blob-writes.ts";
import { derivedCommands } from "./derived-commands.ts";
import { fetchCommands } from "./fetch-commands.ts";
import { dialectCommands } from "./dialect-commands.ts";
import { eventCommands } from "./event-commands.ts";
import { removeFile } from "./file-writes.ts";
import { driveCommands } from "./drive-commands.ts";
import { instantCommands } from "./instant-commands.ts";
import {
  claimJob,
  enqueueJob,
  failJob,
  finishJob,
  heartbeatJob,
  reclaimJobs,
} from "./job-writes.ts";
import { peopleCommands } from "./people-commands.ts";
import { publishSmallFiles } from "./small-files.ts";
import { sharingCommands } from "./sharing-commands.ts";
import { createUpload } from "./upload-create.ts";
import { forgetEndedUploads } from "./upload-forget.ts";
import { joinUploads } from "./upload-join.ts";
import { publishUpload } from "./upload-publish.ts";
import { dropRange, dropRanges, recordRanges } from "./upload-ranges.ts";
import { purgeEnded, takeOver, transitionUpload } from "./upload-transitions.ts";

export const writeCommands = {
  createUpload,
  recordRanges,
  dropRanges,
  dropRange,
  takeOver,
  transitionUpload,
  publishUpload,
  joinUploads,
  purgeEnded,
  forgetEndedUploads,
  publishSmallFiles,
  identifyBlob,
  addDigests,
  replaceManifest,
  collectBlobs,
  forgetStored,
  removeFile,
  ensureOwner,
  replaceToken,
  ...driveCommands,
  enqueueJob,
  claimJob,
  heartbeatJob,
  finishJob,
  failJob,
  reclaimJobs,
  ...peopleCommands,
  ...fetchCommands,
  ...derivedCommands,
  ...dialectCommands,
  ...instantCommands,
  ...eventCommands,
  ...archiveCommands,
  ...sharingCommands,
};

export type WriteName = keyof typeof writeCommands;
/** What ends with fewer bytes kept, or takes away a right: on a full disk these may use the room that is held back for them. */
export const makesRoom: ReadonlySet<WriteName> = new Set<WriteName>([
  "removeFile",
  "trashNodes",
  "removeNodes",
  "emptyTrash",
  "expireTrash",
  "removeVersion",
  "expireVersions",
  "clearTreeJob",
  "endTreeJob",
  "purgeTreeJobs",
  "purgeEvents",
  "purgeSelections",
  "transitionUpload",
  "purgeEnded",
  "forgetEndedUploads",
  "collectBlobs",
  "forgetStored",
  // A start must succeed.
  "reclaimJobs",
  "dropRanges",
  "revokeShare",
  "leaveShare",
]);

export type WriteInput<N extends WriteName> = Parameters<(typeof writeCommands)[N]>[1];
export type WriteResult<N extends WriteName> = Awaited<ReturnType<(typeof writeCommands)[N]>>;

/** Runs a write and resolves once it is durable. */
export type Write = <N extends WriteName>(name: N, input: WriteInput<N>) => Promise<WriteResult<N>>;

export function runWriteCommand(
  db: Db,
  { name, input }: { name: WriteName; input: unknown },
): Promise<unknown> {
  // Name and input were paired by the type of `Write` when the command was sent.
  const command = writeCommands[name] as (db: Db, input: unknown) => Promise<unknown>;
  return command(db, input);
}
