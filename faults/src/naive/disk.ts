import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import type { Flaw } from "./flaws.ts";

/** Blocking file operations: one request at a time is what makes this server easy to trust. */
export interface Disk {
  /** Writes at a position and flushes; creates the file when it is not there. */
  writeAt(path: string, place: { position: number; bytes: Uint8Array }): void;
  syncFolder(path: string): void;
}

export function createDisk(flaw: Flaw): Disk {
  const isFlushing = flaw !== "no-fsync";
  return {
    writeAt(path, { position, bytes }) {
      try {
        const file = openSync(path, openFlags(path));
        try {
          writeWhole(file, { position, bytes });
          if (isFlushing) fdatasyncSync(file);
        } finally {
          closeSync(file);
        }
      } catch (error) {
        if (flaw !== "swallows-errors") throw error;
      }
    },
    syncFolder(path) {
      if (!isFlushing) return;
      const folder = openSync(path, "r");
      try {
        fsyncSync(folder);
      } finally {
        closeSync(folder);
      }
    },
  };
}

export interface Journal {
  readonly entries: unknown[];
  append(entry: unknown): void;
}

/**
 * One JSON object a line. A torn last line belongs to an entry that nobody was told about. After a
 * failed flush the state of the file is unknown, so the process ends and start-up reads it again.
 */
export function openJournal(path: string, flaw: Flaw): Journal {
  const file = openSync(path, openFlags(path));
  const text = readFileSync(path, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const entries = whole.split("\n").filter(Boolean);
  let end = Buffer.byteLength(whole);
  ftruncateSync(file, end);

  const write = (line: Buffer): void => {
    const start = end;
    try {
      writeWhole(file, { position: start, bytes: line });
    } catch (error) {
      ftruncateSync(file, start);
      throw error;
    }
    end += line.length;
    if (flaw === "no-fsync") return;
    try {
      fdatasyncSync(file);
    } catch (error) {
      process.stderr.write(`journal flush failed: ${String(error)}\n`);
      process.exit(1);
    }
  };
  return {
    entries: entries.map((line) => JSON.parse(line) as unknown),
    append(entry) {
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      if (flaw === "ack-early") setTimeout(() => write(line), 30);
      else write(line);
    },
  };
}

function writeWhole(
  file: number,
  { position, bytes }: { position: number; bytes: Uint8Array },
): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
  }
}

function openFlags(path: string): string {
  return existsSync(path) ? "r+" : "w+";
}
