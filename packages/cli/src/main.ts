#!/usr/bin/env node
import { abortOnSignals } from "./interrupt.ts";
import { run } from "./run.ts";

// `sampan ls | head` closes our output early; that is the reader's good right.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  output: { out: process.stdout, err: process.stderr },
  abortOnSignals,
});
