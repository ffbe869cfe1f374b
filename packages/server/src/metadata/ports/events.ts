import type { EventLog } from "../../core/events/event-log.ts";
import type { Backend } from "./backend.ts";
import { auditEvents, eventsSince, newestEvent } from "../stores/event-reads.ts";

export function createEventLog({ reader, write }: Backend): EventLog {
  return {
    since: (input) => eventsSince(reader, input),
    newest: () => newestEvent(reader),
    audit: (query) => auditEvents(reader, query),
    purge: (input) => write("purgeEvents", input),
  };
}
