/** Effective settings: flag over environment over `config.json` over profile over default, each with its source. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { profiles, translateConfig } from "./go-uploader.ts";
import {
  environmentName,
  flagName,
  secretSettings,
  settingNames,
  settingsSchema,
  type SettingName,
  type Settings,
} from "./settings.ts";

export type Source = "flag" | "environment" | "config.json" | "profile" | "default";

export interface LoadedSettings {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, Source>>;
  readonly printConfig: boolean;
  /** Lines for a person: what is set and has no effect. */
  readonly notices: readonly string[];
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
  const { printConfig, flags, profile = env["SAMPAN_PROFILE"] || undefined } = readFlags(argv);
  const path = join(folder, "config.json");
  const assumed = profile === undefined ? {} : await useProfile(profile, path);
  const { settings: file, notices } = await readConfigFile(path);
  const raw: Partial<Record<SettingName, unknown>> = {};
  const sources = {} as Record<SettingName, Source>;
  for (const name of settingNames) {
    const candidates: [Source, unknown][] = [
      ["flag", flags[name]],
      ["environment", env[environmentName(name)] || undefined],
      ["config.json", file[name]],
      ["profile", assumed[name]],
    ];
    const [source, value] = candidates.find(([, candidate]) => candidate !== undefined) ?? [
      "default",
      undefined,
    ];
    sources[name] = source;
    if (value !== undefined) raw[name] = value;
  }
  const parsed = settingsSchema.safeParse(raw);
  if (parsed.success) return { settings: parsed.data, sources, printConfig, notices };
  const issue = parsed.error.issues[0];
  const name = issue?.path[0] as SettingName;
  const shown = secretSettings.has(name) ? "" : ` (it is ${JSON.stringify(raw[name])})`;
  const inside = issue?.path.slice(1).join(".") ?? "";
  const place = inside === "" ? "" : ` at ${inside}`;
  throw new SettingError(`${describe(name, sources[name])}: ${issue?.message}${place}${shown}`);
}

function describe(name: SettingName, source: Source): string {
  if (source === "flag") return `--${flagName(name)}`;
  if (source === "profile") return `profile: ${name}`;
  return source === "environment" ? environmentName(name) : `config.json: ${name}`;
}

function readFlags(argv: readonly string[]): {
  printConfig: boolean;
  profile?: string;
  flags: Partial<Record<SettingName, string>>;
} {
  const options = Object.fromEntries(
    settingNames.map((name) => [flagName(name), { type: "string" as const }]),
  );
  try {
    const parsed = parseArgs({
      args: [...argv],
      options: { ...options, "print-config": { type: "boolean" }, profile: { type: "string" } },
    });
    const values: Record<string, string | boolean | undefined> = parsed.values;
    const flags = Object.fromEntries(settingNames.map((name) => [name, values[flagName(name)]]));
    const { profile } = values;
    return {
      printConfig: values["print-config"] === true,
      flags,
      ...(typeof profile === "string" ? { profile } : {}),
    };
  } catch (error) {
    throw new SettingError((error as Error).message, { cause: error });
  }
}

type RawSettings = Partial<Record<SettingName, unknown>>;

/** The profile's settings, beneath those of `config.json`; where there is none, it is written with them. */
async function useProfile(profile: string, path: string): Promise<RawSettings> {
  const config = Object.hasOwn(profiles, profile) ? profiles[profile] : undefined;
  if (!config) {
    const known = Object.keys(profiles).join(", ");
    throw new SettingError(`--profile: not one of ${known} (it is ${JSON.stringify(profile)})`);
  }
  try {
    await writeFile(path, `${JSON.stringify(config, null, 2)}\n`, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      throw new SettingError(`${path}: ${(error as Error).message}`, { cause: error });
  }
  return translateConfig(config).settings;
}

async function readConfigFile(
  path: string,
): Promise<{ settings: RawSettings; notices: readonly string[] }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { settings: {}, notices: [] };
    throw new SettingError(`${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new SyntaxError("not an object");
    const translated = translateConfig(value);
    const unknown = Object.keys(translated.settings).find(
      (key) => !(settingNames as string[]).includes(key),
    );
    if (unknown !== undefined)
      throw new SyntaxError(`there is no setting ${JSON.stringify(unknown)}`);
    return translated;
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
