import { createCall, type Connection } from "./call.ts";
import { createFileCalls, type FileCalls } from "./client/files.ts";
import { createOperationCalls, type OperationCalls } from "./client/operation.ts";
import { createEventCalls, type EventCalls } from "./events/follow.ts";
import { createUploadCalls, type UploadCalls } from "./client/uploads.ts";

/** Every call of the native API as one typed function. Each is a single attempt, never retried, but for `events`. */
export type Client = UploadCalls & FileCalls & OperationCalls & EventCalls;

export function createClient(connection: Connection): Client {
  const call = createCall(connection);
  return {
    ...createUploadCalls(call),
    ...createFileCalls(call),
    ...createOperationCalls(call),
    ...createEventCalls(call),
  };
}
