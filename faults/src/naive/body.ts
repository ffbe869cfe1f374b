import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

export interface Body {
  bytes: Buffer;
  /** False when the connection ended before the declared length. */
  isWhole: boolean;
}

/** Gathers a request body; a sender below the minimum rate over one window is answered 408. */
export function readBody(
  incoming: IncomingMessage,
  rate: { minBytesPerSecond: number; windowMs: number },
): Promise<Body> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let inWindow = 0;
    const least = (rate.minBytesPerSecond * rate.windowMs) / 1000;
    const timer = setInterval(() => {
      if (inWindow < least) finish(() => reject(new HttpError(408, "too-slow")));
      inWindow = 0;
    }, rate.windowMs);
    const finish = (settle: () => void): void => {
      clearInterval(timer);
      settle();
    };
    const bytes = (): Buffer => Buffer.concat(pieces);
    incoming.on("data", (piece: Buffer) => {
      pieces.push(piece);
      inWindow += piece.length;
    });
    incoming.on("end", () => finish(() => resolve({ bytes: bytes(), isWhole: true })));
    incoming.on("error", () => undefined);
    incoming.on("close", () => {
      if (!incoming.complete) finish(() => resolve({ bytes: bytes(), isWhole: false }));
    });
  });
}
