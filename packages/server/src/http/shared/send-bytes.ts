/** Bytes to a socket at the pace of its reader. */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Each buffer is reused, so the next but one is asked for only when the socket is done with the last. It is the connection whose end
 * is watched: a pipelined response that never got its turn hears of nothing.
 */
export async function sendBytes(
  { response, socket }: { response: ServerResponse; socket: Socket },
  source: AsyncGenerator<Uint8Array>,
): Promise<void> {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  socket.once("close", close);
  if (socket.destroyed) close();
  try {
    let sent: Promise<void> = Promise.resolve();
    for await (const bytes of source) {
      await Promise.race([sent, closed]);
      if (response.destroyed || socket.destroyed) return;
      sent = new Promise((resolve, reject) => {
        response.write(bytes, (error) => (error ? reject(error) : resolve()));
      });
      sent.catch(() => undefined);
    }
    await Promise.race([sent, closed]);
  } finally {
    socket.off("close", close);
  }
}
