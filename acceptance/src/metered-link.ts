/** A TCP link to a server that counts what the client sends, and can be made slow. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface MeteredLink extends AsyncDisposable {
  readonly url: string;
  /** Bytes that went to the server and came from it, headers included. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export async function openMeteredLink(
  target: string,
  { bytesPerSecond = Infinity }: { bytesPerSecond?: number } = {},
): Promise<MeteredLink> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let sentBytes = 0;
  let receivedBytes = 0;
  /** When the link has carried all that it took so far: every connection shares it. */
  let freeAt = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      // A connection that is cut ends both halves; that is all there is to tell.
      socket.on("error", () => socket.destroy());
    }
    upstream.on("close", () => client.destroy()).on("end", () => client.end());
    client.on("close", () => upstream.destroy());
    upstream.on("data", (bytes: Buffer) => {
      receivedBytes += bytes.length;
      client.write(bytes);
    });
    void carry(client, upstream);
  });

  async function carry(client: Socket, upstream: Socket): Promise<void> {
    try {
      for await (const bytes of client as AsyncIterable<Buffer>) {
        sentBytes += bytes.length;
        const now = performance.now();
        freeAt = Math.max(freeAt, now) + (bytes.length / bytesPerSecond) * 1000;
        if (freeAt - now > 1) await sleep(freeAt - now);
        upstream.write(bytes);
      }
      upstream.end();
    } catch {
      upstream.destroy();
    }
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get sentBytes() {
      return sentBytes;
    },
    get receivedBytes() {
      return receivedBytes;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
