import { createClient } from "./client.ts";
import { createHttp, type IsVoid } from "./http.ts";
import type { Ledger, Session } from "./ledger.ts";
import type { ServerProcess } from "./server-process.ts";

/** Connects to a running server; `close` drops its sockets. */
export function openSession(
  server: ServerProcess,
  ledger: Ledger,
  { onOutcome, isVoid }: { onOutcome?: Session["onOutcome"]; isVoid?: IsVoid } = {},
): Session & { close(): void } {
  const http = createHttp(server.endpoint, isVoid);
  const client = createClient(http);
  return {
    client,
    ledger,
    ...(onOutcome === undefined ? {} : { onOutcome }),
    close: () => http.close(),
  };
}
