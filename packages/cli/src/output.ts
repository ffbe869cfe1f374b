import type { ScreenStream } from "./terminal/screen.ts";

/** Where a command writes. Results go to `out`; progress and complaints to `err`. */
export interface Output {
  readonly out: ScreenStream;
  readonly err: ScreenStream;
}

export function printLine(output: Output, line: string): void {
  output.out.write(`${line}\n`);
}

/** One JSON object a line. */
export function printJson(output: Output, value: object): void {
  output.out.write(`${JSON.stringify(value)}\n`);
}

export function complain(output: Output, line: string): void {
  output.err.write(`sampan: ${line}\n`);
}

export interface CommandLine {
  readonly argv: string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  /** Begins to turn signals into an abort with an `Interrupted`. */
  readonly abortOnSignals: () => AbortSignal;
}

/** Of a command that talks to a server; `argv` is what follows the command's name. */
export interface CommandContext extends Omit<CommandLine, "abortOnSignals"> {
  readonly signal: AbortSignal;
}

/** Resolves to the exit code. */
export type Command = (context: CommandContext) => Promise<number>;
