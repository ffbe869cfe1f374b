import { open } from "node:fs/promises";

/**
 * What the clients were told, one JSON object a line. `record` resolves only after fdatasync, and
 * callers count an acknowledgement only after that: the log never claims less than the report does.
 * Records that arrive during a flush share the next one.
 */
export interface AckLog {
  readonly path: string;
  record(entry: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

export async function openAckLog(path: string): Promise<AckLog> {
  const file = await open(path, "a");
  let waiting: string[] = [];
  let nextFlush: Promise<void> | null = null;
  let running: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    const lines = waiting.join("");
    waiting = [];
    nextFlush = null;
    await file.appendFile(lines);
    await file.datasync();
  };
  return {
    path,
    record(entry) {
      waiting.push(`${JSON.stringify({ at: Date.now(), ...entry })}\n`);
      if (nextFlush === null) {
        nextFlush = running.then(flush);
        running = nextFlush.catch(() => undefined);
      }
      return nextFlush;
    },
    async close() {
      await running;
      await file.close();
    },
  };
}
