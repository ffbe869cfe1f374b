/** A line from whoever runs the command: typed without an echo at a terminal, else the next line of standard input. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { UsageError } from "./exit-codes.ts";

export async function readSecret(
  prompt: string,
  { signal }: { signal: AbortSignal },
): Promise<string> {
  const { stdin, stderr } = process;
  const isTerminal = stdin.isTTY;
  if (isTerminal) stderr.write(prompt);
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silence, terminal: isTerminal });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("close", () => reject(new UsageError("No password was given")));
      lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  } finally {
    lines.close();
    if (isTerminal) stderr.write("\n");
  }
}
