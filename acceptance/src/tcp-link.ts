/** A TCP link to a server that counts what goes through, and can be slow, or cut connections. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface TcpLink extends AsyncDisposable {
  readonly url: string;
  /** Bytes that went to the server and came from it, headers included. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Connections that were cut. */
  readonly cuts: number;
}

export interface LinkFaults {
  /** To the server, all connections together. */
  readonly bytesPerSecond?: number;
  /** After every so many bytes from the server, or to it, the connection that carried the last of them is cut. */
  readonly cutAfterBytes?: number;
  readonly cutWhile?: "receiving" | "sending";
  /** How often; where it stays down, all that is asked for after the first is cut. */
  readonly cuts?: number | "stays down";
}

export async function openTcpLink(target: string, faults: LinkFaults = {}): Promise<TcpLink> {
  const { bytesPerSecond = Infinity, cutAfterBytes = Infinity, cutWhile = "receiving" } = faults;
  const maxCuts = faults.cuts ?? 0;
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let sentBytes = 0;
  let receivedBytes = 0;
  let cuts = 0;
  let untilCut = cutAfterBytes;
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
      if (!isCut("receiving", bytes)) return;
      // What was written before goes out first; the answer ends in the middle.
      client.end();
      upstream.destroy();
    });
    void carry(client, upstream);
  });

  function isCut(way: "receiving" | "sending", bytes: Buffer): boolean {
    if (way !== cutWhile) return false;
    untilCut -= bytes.length;
    const staysDown = maxCuts === "stays down";
    if (untilCut > 0 || (!staysDown && cuts >= maxCuts)) return false;
    if (!staysDown) untilCut = cutAfterBytes;
    cuts += 1;
    return true;
  }

  async function carry(client: Socket, upstream: Socket): Promise<void> {
    try {
      for await (const bytes of client as AsyncIterable<Buffer>) {
        sentBytes += bytes.length;
        const now = performance.now();
        freeAt = Math.max(freeAt, now) + (bytes.length / bytesPerSecond) * 1000;
        if (freeAt - now > 1) await sleep(freeAt - now);
        upstream.write(bytes);
        if (!isCut("sending", bytes)) continue;
        client.destroy();
        upstream.destroy();
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
    get cuts() {
      return cuts;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
