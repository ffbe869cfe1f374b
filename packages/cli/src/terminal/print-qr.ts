import { printLine, type Output } from "../output.ts";

/** Light on dark, whatever the terminal's own colours are: a code in reverse is not read everywhere. */
export function printQr(output: Output, qr: string): void {
  for (const line of qr.trimEnd().split("\n"))
    printLine(output, output.out.isTTY === true ? `\u001b[97;40m${line}\u001b[0m` : line);
}
