/** Effective settings: flag over environment over `config.json` over default, each with its source. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  environmentName,
  flagName,
  secretSettings,
  settingNames,
  settingsSchema,
  type SettingName,
  type Settings,
} from "./settings.ts";

export type Source = "flag" | "environment" | "config.json" | "default";

export interface LoadedSettings {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, Source>>;
  readonly printConfig: boolean;
}

/** One line that names the setting; the process prints it and exits with 2. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

export async function loadSettings({
  argv,
  env,
  folder,
}: {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** Where `config.json` is looked for. */
  folder: string;
}): Promise<LoadedSettings> {
  const { printConfig, flags } = readFlags(argv);
  const file = await readConfigFile(join(folder, "config.json"));
  const raw: Partial<Record<SettingName, unknown>> = {};
  const sources = {} as Record<SettingName, Source>;
  for (const name of settingNames) {
    const candidates: [Source, unknown][] = [
      ["flag", flags[name]],
      ["environment", env[environmentName(name)] || undefined],
      ["config.json", file[name]],
    ];
    const [source, value] = candidates.find(([, candidate]) => candidate !== undefined) ?? [
      "default",
      undefined,
    ];
    sources[name] = source;
    if (value !== undefined) raw[name] = value;
  }
  const parsed = settingsSchema.safeParse(raw);
  if (parsed.success) return { settings: parsed.data, sources, printConfig };
  const issue = parsed.error.issues[0];
  const name = issue?.path[0] as SettingName;
  const shown = secretSettings.has(name) ? "" : ` (it is ${JSON.stringify(raw[name])})`;
  const inside = issue?.path.slice(1).join(".") ?? "";
  const place = inside === "" ? "" : ` at ${inside}`;
  throw new SettingError(`${describe(name, sources[name])}: ${issue?.message}${place}${shown}`);
}

function describe(name: SettingName, source: Source): string {
  if (source === "flag") return `--${flagName(name)}`;
  return source === "environment" ? environmentName(name) : `config.json: ${name}`;
}

function readFlags(argv: readonly string[]): {
  printConfig: boolean;
  flags: Partial<Record<SettingName, string>>;
} {
  const options = Object.fromEntries(
    settingNames.map((name) => [flagName(name), { type: "string" as const }]),
  );
  try {
    const parsed = parseArgs({
      args: [...argv],
      options: { ...options, "print-config": { type: "boolean" } },
    });
    const values: Record<string, string | boolean | undefined> = parsed.values;
    const flags = Object.fromEntries(settingNames.map((name) => [name, values[flagName(name)]]));
    return { printConfig: values["print-config"] === true, flags };
  } catch (error) {
    throw new SettingError((error as Error).message, { cause: error });
  }
}

async function readConfigFile(path: string): Promise<Partial<Record<SettingName, unknown>>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new SettingError(`${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new SyntaxError("not an object");
    const unknown = Object.keys(value).find((key) => !(settingNames as string[]).includes(key));
    if (unknown !== undefined)
      throw new SyntaxError(`there is no setting ${JSON.stringify(unknown)}`);
    return value;
  } catch (error) {
    throw new SettingError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The lines of `--print-config`: name, value, source. Of a secret only whether there is one. */
export function formatSettings({ settings, sources }: LoadedSettings): string {
  const width = Math.max(...settingNames.map((name) => name.length));
  return settingNames
    .map((name) => {
      const isHidden = secretSettings.has(name) && sources[name] !== "default";
      const value = isHidden ? "(secret)" : JSON.stringify(settings[name] ?? null);
      return `${name.padEnd(width)}  ${value}  (${sources[name]})`;
    })
    .join("\n");
}
