import { createCall, type Connection } from "./call.ts";
import { createAccountCalls, type AccountCalls } from "./client/accounts.ts";
import { createArchiveCalls, type ArchiveCalls } from "./client/archives.ts";
import { createBrowserSessionCalls, type BrowserSessionCalls } from "./client/browser-session.ts";
import { createDriveCalls, type DriveCalls } from "./client/drive.ts";
import { createFetchCalls, type FetchCalls } from "./client/fetches.ts";
import { createFileCalls, type FileCalls } from "./client/files.ts";
import { createOperationCalls, type OperationCalls } from "./client/operation.ts";
import { createOwnAccountCalls, type OwnAccountCalls } from "./client/own-account.ts";
import { createShareCalls, type ShareCalls } from "./client/shares.ts";
import { createEventCalls, type EventCalls } from "./events/follow.ts";
import { createPeopleCalls, type PeopleCalls } from "./client/people.ts";
import { createUploadCalls, type UploadCalls } from "./client/uploads.ts";

/** Every call of the native API as one typed function. Each is a single attempt, never retried, but for `events`. */
export type Client = UploadCalls &
  FileCalls &
  DriveCalls &
  FetchCalls &
  OperationCalls &
  EventCalls &
  AccountCalls &
  BrowserSessionCalls &
  OwnAccountCalls &
  PeopleCalls &
  ArchiveCalls &
  ShareCalls;

export function createClient(connection: Connection): Client {
  const call = createCall(connection);
  return {
    ...createUploadCalls(call),
    ...createFileCalls(call),
    ...createArchiveCalls(call),
    ...createDriveCalls(call),
    ...createFetchCalls(call),
    ...createOperationCalls(call),
    ...createEventCalls(call),
    ...createAccountCalls(call),
    ...createBrowserSessionCalls(call),
    ...createOwnAccountCalls(call),
    ...createPeopleCalls(call),
    ...createShareCalls(call),
  };
}
