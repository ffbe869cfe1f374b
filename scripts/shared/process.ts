import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export type Finished = { exitCode: number; output: string; durationMs: number };

/** The script behind a tool's command, to run with this very Node rather than what PATH finds. */
export function bin(command: string): string {
  const folder = join(root, "node_modules", packageOf[command] ?? command);
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, parseBin(manifest, command));
}

const packageOf: Record<string, string> = { tsc: "typescript", depcruise: "dependency-cruiser" };

function parseBin(manifest: unknown, command: string): string {
  if (typeof manifest === "object" && manifest !== null && "bin" in manifest) {
    const { bin: bins } = manifest;
    if (typeof bins === "string") return bins;
    if (typeof bins === "object" && bins !== null) {
      const path: unknown = Object.entries(bins).find(([name]) => name === command)?.[1];
      if (typeof path === "string") return path;
    }
  }
  throw new Error(`no package here provides the command ${command}`);
}

type RunOptions = {
  /** `inherit` streams to the terminal and leaves `output` empty. */
  output: "capture" | "inherit";
  env?: Record<string, string>;
};

/** Runs one of our or a tool's scripts to its end. A signal counts as exit code 1. */
export async function runNode(args: string[], options: RunOptions): Promise<Finished> {
  const startedAtMs = performance.now();
  const isCaptured = options.output === "capture";
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: childEnvironment(options.env),
    stdio: isCaptured ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
  });
  const chunks: Buffer[] = [];
  // One list for both streams keeps the lines in the order in which the tool wrote them.
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  const output = Buffer.concat(chunks).toString();
  return { exitCode, output, durationMs: performance.now() - startedAtMs };
}

function childEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  // Tools start `node` through PATH themselves, and it must be the same one.
  const path = [dirname(process.execPath), process.env["PATH"]].join(":");
  const isColorChosen = "NO_COLOR" in process.env || "FORCE_COLOR" in process.env;
  const color = isColorChosen
    ? {}
    : process.stdout.isTTY
      ? { FORCE_COLOR: "1" }
      : { NO_COLOR: "1" };
  return { ...process.env, PATH: path, ...color, ...extra };
}
