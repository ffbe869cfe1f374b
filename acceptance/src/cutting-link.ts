/** A TCP link to a server that cuts connections once they have brought so many bytes. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface CuttingLink extends AsyncDisposable {
  readonly url: string;
  /** Connections that were cut. */
  readonly cuts: number;
}

/**
 * All connections together: after every `afterBytes`, the one that brought the last of them is cut, `cuts` times; where it stays down, all that is
 * asked for after the first is cut.
 */
export async function openCuttingLink(
  target: string,
  { afterBytes, cuts: maxCuts }: { afterBytes: number; cuts: number | "stays down" },
): Promise<CuttingLink> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let cuts = 0;
  let brought = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      // A connection that is cut ends both halves; that is all there is to tell.
      socket.on("error", () => socket.destroy());
    }
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    client.pipe(upstream);
    upstream.on("data", (bytes: Buffer) => {
      brought += bytes.length;
      client.write(bytes);
      const staysDown = maxCuts === "stays down";
      if (brought < afterBytes || (!staysDown && cuts >= maxCuts)) return;
      if (!staysDown) brought = 0;
      cuts += 1;
      // What was written before goes out first; the answer ends in the middle.
      client.end();
      upstream.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
