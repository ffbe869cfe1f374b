/** environment → settings → a process with the right options → serve. Exit code 2: a setting is wrong. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { formatSettings, loadSettings, SettingError } from "./config/load.ts";
import { ensureRuntime } from "./runtime.ts";

try {
  const loaded = await loadSettings({
    argv: process.argv.slice(2),
    env: process.env,
    folder: process.cwd(),
  });
  for (const notice of loaded.notices) process.stderr.write(`config.json: ${notice}\n`);
  if (loaded.printConfig) {
    process.stdout.write(`${formatSettings(loaded)}\n`);
  } else {
    const cacheFolder = join(resolve(loaded.settings.dataDir), "cache");
    mkdirSync(cacheFolder, { recursive: true, mode: 0o700 });
    ensureRuntime({ cacheFolder });
    const { serve } = await import("./serve.ts");
    await serve(loaded.settings);
  }
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
