/** The progress lines of several transfers and their total. */
import {
  displayWidth,
  fitText,
  formatBar,
  formatBytes,
  formatDuration,
  printable,
} from "./format.ts";
import { createMeter, type Meter } from "./meter.ts";
import { openScreen, type ScreenStream } from "./screen.ts";

export interface TransferState {
  /** What is happening, where it is not plain moving: `hashing`, `verifying`, … */
  note?: string | undefined;
  movedBytes: number;
  /** Of these, what an earlier run had moved: it does not count as speed. */
  resumedBytes: number;
}

export interface TransferLine {
  update(state: TransferState): void;
  /** Replaces the live line by what became of it. */
  finish(summary: string): void;
}

export interface Transfers {
  /** False where nobody watches: nothing is printed then. */
  readonly isLive: boolean;
  begin(name: string, size: number): TransferLine;
  /** Shown below everything until it is cleared with an empty text. */
  setNotice(text: string): void;
  close(): void;
}

interface Active extends TransferState {
  name: string;
  size: number;
  meter: Meter;
}

const MAX_LINES = 8;
const BAR_COLUMNS = 20;

export function openTransfers(
  stream: ScreenStream,
  options: { isWanted: boolean; totalFiles: number; totalBytes: number },
): Transfers {
  const active = new Set<Active>();
  const meter = createMeter();
  let notice = "";
  let doneFiles = 0;
  let doneBytes = 0;
  let doneFresh = 0;
  const screen = openScreen(stream, { isWanted: options.isWanted, draw });

  function draw(): string[] {
    const moving = [...active].filter(
      ({ movedBytes, note }) => movedBytes > 0 || note !== undefined,
    );
    const shown = moving.slice(0, MAX_LINES).map((line) => drawLine(line, screen.columns));
    const fresh = sum(active, ({ movedBytes, resumedBytes }) => movedBytes - resumedBytes);
    meter.update(doneFresh + fresh);
    if (options.totalFiles > 1) shown.push(drawTotal());
    if (notice !== "") shown.push(fitText(notice, screen.columns - 1).trimEnd());
    return shown;
  }

  function drawTotal(): string {
    const size = options.totalBytes;
    const movedBytes = doneBytes + sum(active, (line) => line.movedBytes);
    const name = `Total ${doneFiles}/${options.totalFiles}`;
    return drawLine({ name, size, movedBytes, resumedBytes: 0, meter }, screen.columns);
  }

  return {
    isLive: screen.isLive,
    begin(name, size) {
      const line: Active = {
        name: printable(name),
        size,
        meter: createMeter(),
        movedBytes: 0,
        resumedBytes: 0,
      };
      active.add(line);
      return {
        update(state) {
          Object.assign(line, { note: undefined }, state);
          line.meter.update(state.movedBytes - state.resumedBytes);
        },
        finish(summary) {
          active.delete(line);
          doneFiles += 1;
          doneBytes += size;
          doneFresh += line.movedBytes - line.resumedBytes;
          screen.print(summary);
        },
      };
    },
    setNotice(text) {
      notice = printable(text);
    },
    close: () => screen.close(),
  };
}

function drawLine(line: Active, columns: number): string {
  const { size, movedBytes, meter, note } = line;
  const fraction = size === 0 ? 1 : movedBytes / size;
  const speed = meter.bytesPerSecond;
  const percent = `${Math.floor(fraction * 100)}%`.padStart(4);
  const rate = `${formatBytes(speed)}/s`.padStart(11);
  const eta = `ETA ${formatDuration(speed > 0 ? (size - movedBytes) / speed : Infinity)}`;
  const tail = note === undefined ? `${rate}  ${eta}` : note;
  const status = `${formatBar(fraction, BAR_COLUMNS)} ${percent}  ${tail}`;
  const nameColumns = Math.max(8, Math.min(40, columns - displayWidth(status) - 3));
  return fitText(`${fitText(line.name, nameColumns)}  ${status}`, columns - 1).trimEnd();
}

function sum<Item>(items: Iterable<Item>, count: (item: Item) => number): number {
  let total = 0;
  for (const item of items) total += count(item);
  return total;
}
