/**
 * The lower lines of a terminal, redrawn in place: lines printed for good scroll away above them.
 * On anything but a terminal it stays silent.
 */
export interface Screen {
  readonly isLive: boolean;
  readonly columns: number;
  /** Prints a line that stays, above the live ones. */
  print(line: string): void;
  /** Removes the live lines and stops redrawing. */
  close(): void;
}

/** Some terminals say that they have 0 columns; they mean that they do not know. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const FRAME_MS = 100;

export function openScreen(
  stream: ScreenStream,
  options: { isWanted: boolean; draw: () => string[] },
): Screen {
  const isLive = options.isWanted && stream.isTTY === true;
  let drawnLines = 0;

  function erase(): string {
    const up = drawnLines > 0 ? `\u001b[${drawnLines}A` : "";
    drawnLines = 0;
    return `${up}\r\u001b[J`;
  }
  function draw(): string {
    const lines = options.draw().slice(0, Math.max(1, (stream.rows || 24) - 1));
    drawnLines = lines.length;
    return lines.map((line) => `${line}\n`).join("");
  }

  const timer = isLive ? setInterval(() => stream.write(erase() + draw()), FRAME_MS) : undefined;
  timer?.unref();
  return {
    isLive,
    get columns() {
      return stream.columns || 80;
    },
    print(line) {
      if (isLive) stream.write(`${erase()}${line}\n${draw()}`);
    },
    close() {
      clearInterval(timer);
      if (isLive) stream.write(erase());
    },
  };
}
