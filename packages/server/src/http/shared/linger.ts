/**
 * For a body that is refused half way: its connection stays for a while, so that what is left can be read and dropped. Closing a socket that has
 * unread bytes resets it, and the sender would lose the answer.
 */
import type { Socket } from "node:net";

/** Time that a refused sender gets to notice, before its connection is cut. */
const lingerMs = 2_000;

/**
 * After its answer, Node closes a connection that carries no more requests. Until what is returned is called, only our half is closed then, which
 * tells the sender as much and resets nothing. `onTimeUp` must call it.
 */
export function lingerOn(socket: Socket, onTimeUp: () => void): () => void {
  let isAnswered = false;
  const timer = setTimeout(onTimeUp, lingerMs).unref();
  socket.destroySoon = () => {
    isAnswered = true;
    socket.end();
  };
  return () => {
    clearTimeout(timer);
    // Back to the class's own.
    Reflect.deleteProperty(socket, "destroySoon");
    if (isAnswered) socket.destroySoon();
  };
}
