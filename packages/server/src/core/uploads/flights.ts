/** Chunks on their way to disk and to the hash: how far everything has landed, and what went wrong first. */
import { asError } from "../errors.ts";
import type { Chunk } from "./byte-source.ts";

export interface Flights {
  /** Begins with `uses` of the chunk's memory, and gives it back when all of them have ended, whichever failed first. */
  launch(chunk: Chunk, flight: { start: number; uses: readonly Promise<void>[] }): void;
  /** Where the first chunk stands that has not landed; undefined when all have. */
  pendingStart(): number | undefined;
  /** Waits until there is room for one more. */
  room(): Promise<void>;
  /** Waits for all, whatever becomes of them. Never rejects. */
  landed(): Promise<void>;
  fail(error: unknown): void;
  readonly failure: Error | undefined;
}

interface Flight {
  readonly start: number;
  readonly ended: Promise<void>;
  done: boolean;
}

export function createFlights({ limit }: { limit: number }): Flights {
  const flights: Flight[] = [];
  let failure: Error | undefined;

  const fail = (error: unknown): void => {
    failure ??= asError(error);
  };
  const dropLanded = (): void => {
    while (flights[0]?.done) flights.shift();
  };
  const end = async (uses: readonly Promise<void>[], chunk: Chunk): Promise<void> => {
    for (const outcome of await Promise.allSettled(uses)) {
      if (outcome.status === "rejected") fail(outcome.reason);
    }
    chunk.release();
  };

  return {
    fail,
    get failure() {
      return failure;
    },
    launch(chunk, { start, uses }) {
      const flight: Flight = { start, done: false, ended: end(uses, chunk) };
      flights.push(flight);
      void flight.ended.then(() => {
        flight.done = true;
        dropLanded();
      });
    },
    pendingStart() {
      dropLanded();
      return flights[0]?.start;
    },
    async room() {
      if (flights.length >= limit) await flights[0]?.ended;
    },
    async landed() {
      await Promise.all(flights.map(({ ended }) => ended));
    },
  };
}
