import { Agent, request, type IncomingHttpHeaders } from "node:http";

/** The connection broke or stayed silent: whether the server did the work is unknown. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "ConnectionLost";
  }
}

export interface Endpoint {
  readonly url: string;
  readonly token: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Call {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
  timeoutMs?: number;
}

export interface Http {
  readonly endpoint: Endpoint;
  send(call: Call): Promise<Reply>;
  close(): void;
}

/** Whether an answer must be treated as if it had never come. */
export type IsVoid = (times: { sentAt: number; answeredAt: number }) => boolean;

/** One keep-alive pool a server process: sockets never survive a restart. */
export function createHttp(endpoint: Endpoint, isVoid: IsVoid = () => false): Http {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    endpoint,
    async send(call) {
      const sentAt = performance.now();
      const reply = await sendOnce({ endpoint, agent, call });
      if (!isVoid({ sentAt, answeredAt: performance.now() })) return reply;
      throw new ConnectionLost("the answer crossed the cut");
    },
    close: () => agent.destroy(),
  };
}

function sendOnce(job: { endpoint: Endpoint; agent: Agent; call: Call }): Promise<Reply> {
  const { endpoint, agent, call } = job;
  return new Promise((resolve, reject) => {
    const lost = (error: unknown): void => reject(new ConnectionLost(error));
    const outgoing = request(new URL(call.path, endpoint.url), {
      agent,
      method: call.method,
      headers: {
        authorization: `Bearer ${endpoint.token}`,
        ...(call.body ? { "content-length": String(call.body.length) } : {}),
        ...call.headers,
      },
    });
    outgoing.setTimeout(call.timeoutMs ?? 30_000, () => {
      outgoing.destroy(new Error(`no answer in time: ${call.method} ${call.path}`));
    });
    outgoing.on("error", lost);
    outgoing.on("response", (incoming) => {
      const pieces: Buffer[] = [];
      incoming.on("data", (piece: Buffer) => pieces.push(piece));
      incoming.on("error", lost);
      incoming.on("close", () => {
        // A body cut short closes without "end"; a late resolve after reject is harmless.
        if (!incoming.complete) return lost(new Error("the answer was cut short"));
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(pieces),
        });
      });
    });
    outgoing.end(call.body);
  });
}
