import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Plan, Report } from "./resuming-client.ts";

const script = fileURLToPath(new URL("./resuming-client.ts", import.meta.url));

export interface ClientRun {
  readonly signal: NodeJS.Signals | null;
  readonly reports: readonly Report[];
}

/** Runs the resuming client in a process of its own, to its end. */
export async function runClient(plan: Plan): Promise<ClientRun> {
  const child = spawn(process.execPath, [script, JSON.stringify(plan)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const signal = await new Promise<NodeJS.Signals | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (_code, by) => resolve(by));
  });
  const lines = printed.split("\n").filter((line) => line !== "");
  return { signal, reports: lines.map((line) => JSON.parse(line) as Report) };
}
