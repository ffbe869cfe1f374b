import { createCall, type Connection } from "./call.ts";
import { createFetchCalls, type FetchCalls } from "./client/fetches.ts";
import { createFileCalls, type FileCalls } from "./client/files.ts";
import { createOperationCalls, type OperationCalls } from "./client/operation.ts";
import { createEventCalls, type EventCalls } from "./events/follow.ts";
import { createUploadCalls, type UploadCalls } from "./client/uploads.ts";

/** Every call of the native API as one typed function. Each is a single attempt, never retried, but for `events`. */
export type Client = UploadCalls & FileCalls & FetchCalls & OperationCalls & EventCalls;

export function createClient(connection: Connection): Client {
  const call = createCall(connection);
  return {
    ...createUploadCalls(call),
    ...createFileCalls(call),
    ...createFetchCalls(call),
    ...createOperationCalls(call),
    ...createEventCalls(call),
  };
}
