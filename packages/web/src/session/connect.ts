import {
  createClient,
  hasCode,
  withRetry,
  createRetryBudget,
  type Client,
  type Transport,
} from "@sampan/sdk";
import { createXhrTransport } from "@sampan/sdk/browser";
import type { Session } from "./session.ts";

export interface Server {
  readonly client: Client;
  readonly transport: Transport;
}

/** The server this page came from. The browser adds the session's cookies, and keeps those that the server renews. */
export function connect(session: Session): Server {
  const viaXhr = createXhrTransport();
  const transport: Transport = async (request) => {
    const { visit } = session;
    const response = await viaXhr(request);
    // A wrong password is a 401 as well, and ends nothing.
    const isOver = response.status === 401 && (await codeOf(response)) === "unauthenticated";
    const isOurs = visit === session.visit && session.get().kind === "signed-in";
    if (isOver && isOurs) session.leave({ wasRefused: true });
    return response;
  };
  return { client: createClient({ url: location.origin, transport }), transport };
}

/** Asks whose session this is, for as long as it takes to reach the server. */
export async function findSession(
  session: Session,
  { client, retryForMs = Infinity }: { client: Pick<Client, "getMe">; retryForMs?: number },
): Promise<void> {
  const { visit } = session;
  const budget = createRetryBudget({ retryForMs, onRetry: () => session.noteLate() });
  try {
    const user = await withRetry(() => client.getMe(), { budget });
    if (visit !== session.visit) return;
    const state = session.get();
    if (state.kind !== "signed-in" || state.user.id !== user.id) session.enter(user);
  } catch (error) {
    if (!hasCode(error, "unauthenticated")) throw error;
    if (visit === session.visit) session.leave({ wasRefused: false });
  }
}

async function codeOf(response: Response): Promise<unknown> {
  try {
    return ((await response.clone().json()) as { code?: unknown } | null)?.code;
  } catch (error) {
    // A proxy's page, or a cut: no answer of ours.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
