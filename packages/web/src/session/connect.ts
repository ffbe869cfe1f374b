import { createClient, hasCode, type Client, type Transport } from "@sampan/sdk";
import { createXhrTransport } from "@sampan/sdk/browser";
import type { Session } from "./session.ts";

export interface Server {
  readonly client: Client;
  readonly transport: Transport;
}

/** The server this page came from, spoken to in the name of whoever is signed in. */
export function connect(session: Session): Server {
  const viaXhr = createXhrTransport();
  const transport: Transport = async (request) => {
    const response = await viaXhr(request);
    if (response.status === 401) {
      session.noteRefused((request.headers["Authorization"] ?? "").replace(/^Bearer /, ""));
    }
    return response;
  };
  const client = createClient({ url: location.origin, token: session.token, transport });
  return { client, transport };
}

/** Whether the server accepts this token. Rejects when the server cannot be asked. */
export async function isTokenAccepted(token: string): Promise<boolean> {
  // Other characters cannot travel in a header, and no token has them.
  if (!/^[\x21-\x7e]+$/.test(token)) return false;
  try {
    await createClient({ url: location.origin, token }).getServerInfo();
    return true;
  } catch (error) {
    if (hasCode(error, "unauthenticated")) return false;
    throw error;
  }
}
