import { EXIT } from "./exit-codes.ts";

export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("interrupted");
    this.exitCode = exitCode;
  }
}

/** The first signal aborts with an `Interrupted`; the second ends the process at once. */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  const stop = (exitCode: number): void => {
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort(new Interrupted(exitCode));
  };
  process.on("SIGINT", () => stop(EXIT.interrupted));
  process.on("SIGTERM", () => stop(EXIT.terminated));
  return controller.signal;
}
