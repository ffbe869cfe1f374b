import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Endpoint } from "./http.ts";
import { textField } from "./outcome.ts";

/** A request written by hand, so that it can stop, crawl or break at any byte. */
export interface RawConnection {
  /** Resolves when the bytes are handed to the system; false when the connection is gone. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** An orderly close in the middle of things. */
  close(): void;
  /** A TCP reset. */
  reset(): void;
  /** The answer, or null when the server closed without one or stayed silent. */
  reply(timeoutMs: number): Promise<RawReply | null>;
}

export interface RawReply {
  status: number;
  code: string;
}

export interface RawRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
}

export function requestHead(endpoint: Endpoint, request: RawRequest): Buffer {
  const lines = [
    `${request.method} /api/v1${request.path} HTTP/1.1`,
    `host: ${new URL(endpoint.url).host}`,
    `authorization: Bearer ${endpoint.token}`,
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
}

export async function openRaw(endpoint: Endpoint): Promise<RawConnection> {
  const { hostname, port } = new URL(endpoint.url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  let received = "";
  // A broken connection is what these tests are about; the reply tells what came before it.
  socket.on("error", () => undefined);
  socket.on("data", (piece: Buffer) => (received += piece.toString("latin1")));
  return {
    write: (bytes) => writeTo(socket, bytes),
    close: () => void socket.destroy(),
    reset: () => void socket.resetAndDestroy(),
    async reply(timeoutMs) {
      for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await delay(10)) {
        const reply = parseReply(received, { isClosed: socket.closed || socket.readableEnded });
        if (reply !== undefined) return reply;
      }
      return null;
    },
  };
}

function writeTo(socket: Socket, bytes: Uint8Array): Promise<boolean> {
  if (socket.destroyed || !socket.writable) return Promise.resolve(false);
  return new Promise((resolve) => {
    socket.write(bytes, (error) => resolve(error === undefined || error === null));
  });
}

/** Undefined while there is still something to wait for. */
function parseReply(
  text: string,
  { isClosed }: { isClosed: boolean },
): RawReply | null | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd === -1) return isClosed ? null : undefined;
  const head = text.slice(0, headEnd);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  const length = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
  const body = text.slice(headEnd + 4);
  const isWhole = status === 204 || body.length >= length || body.includes("\r\n0\r\n\r\n");
  if (!isWhole && !isClosed) return undefined;
  const json = /\{.*\}/s.exec(body)?.[0];
  return { status, code: json === undefined ? "" : readCode(json) };
}

function readCode(json: string): string {
  try {
    return textField(JSON.parse(json), "code");
  } catch {
    return "";
  }
}
