import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { EXIT } from "../exit-codes.ts";

export const serveHelp = `Usage: sampan serve [--port N] [--data-dir DIR] [--host ADDRESS] …

Runs the server until it is stopped. Every option goes to the server; its exit code is passed on.`;

export const configHelp = `Usage: sampan config [server options]

Prints the configuration the server would run with, and where each value comes from.`;

export function serve(argv: readonly string[]): Promise<number> {
  return runServer(argv);
}

export function config(argv: readonly string[]): Promise<number> {
  return runServer(["--print-config", ...argv]);
}

/** Resolves to the server's exit code once it has ended, however often we are told to stop. */
function runServer(argv: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = spawn(process.execPath, [findServer(), ...argv], { stdio: "inherit" });
    const forward = (signal: NodeJS.Signals): void => {
      // A terminal sends Ctrl-C to both of us; twice would mean impatience.
      if (signal === "SIGTERM" || !process.stdin.isTTY) server.kill(signal);
    };
    process.on("SIGINT", forward);
    process.on("SIGTERM", forward);
    server.once("error", reject);
    server.once("exit", (code, signal) => {
      process.off("SIGINT", forward);
      process.off("SIGTERM", forward);
      resolve(signal === null ? (code ?? EXIT.failed) : 128 + constants.signals[signal]);
    });
  });
}

/** The installed package, or its folder beside this one. */
function findServer(): string {
  try {
    return fileURLToPath(import.meta.resolve("@sampan/server"));
  } catch (error) {
    const isUnresolved =
      error instanceof Error && "code" in error && String(error.code).startsWith("ERR_");
    if (!isUnresolved) throw error;
    return fileURLToPath(new URL("../../../server/src/main.ts", import.meta.url));
  }
}
