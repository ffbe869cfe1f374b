import { createClient } from "./client.ts";
import { createHttp } from "./http.ts";
import type { Ledger, Session } from "./ledger.ts";
import type { ServerProcess } from "./server-process.ts";

/** Connects to a running server; `close` drops its sockets. */
export function openSession(
  server: ServerProcess,
  ledger: Ledger,
  onOutcome?: Session["onOutcome"],
): Session & { close(): void } {
  const http = createHttp(server.endpoint);
  const client = createClient(http);
  return {
    client,
    ledger,
    ...(onOutcome === undefined ? {} : { onOutcome }),
    close: () => http.close(),
  };
}
