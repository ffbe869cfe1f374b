import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFolder } from "../core/testing/engine.ts";
import { formatSettings, loadSettings, SettingError } from "./load.ts";
import { environmentName, flagName, settingNames } from "./settings.ts";

describe("settings", () => {
  let folder: Awaited<ReturnType<typeof openFolder>>;
  beforeEach(async () => {
    folder = await openFolder();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  const load = ({ argv = [], env = {} }: { argv?: string[]; env?: Record<string, string> } = {}) =>
    loadSettings({ argv, env, folder: folder.path });
  const writeConfig = (config: unknown) =>
    writeFile(
      join(folder.path, "config.json"),
      typeof config === "string" ? config : JSON.stringify(config),
    );
  /** The refusal: one line, for a person. */
  const refusal = async (input: Parameters<typeof load>[0] = {}): Promise<string> => {
    const error = await load(input).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SettingError);
    const { message } = error as SettingError;
    expect(message).not.toMatch(/\n/);
    return message;
  };

  it("have defaults, and need nothing", async () => {
    const { settings, sources } = await load();
    expect(settings).toMatchObject({
      host: "127.0.0.1",
      port: 18_101,
      dataDir: "./data",
      durability: "strict",
      maxFileBytes: 1024 ** 4,
      sweepGraceMs: 3_600_000,
      minBytesPerSecond: 16,
    });
    expect(settings.quotaBytes).toBeUndefined();
    expect(new Set(Object.values(sources))).toEqual(new Set(["default"]));
  });

  it("come from the flag before the environment before config.json, each with its source", async () => {
    await writeConfig({ port: 1, host: "config", logLevel: "warn" });
    const env = { SAMPAN_PORT: "2", SAMPAN_HOST: "environment" };
    const { settings, sources } = await load({ argv: ["--port", "3"], env });
    expect(settings).toMatchObject({ port: 3, host: "environment", logLevel: "warn" });
    expect(sources).toMatchObject({
      port: "flag",
      host: "environment",
      logLevel: "config.json",
      dataDir: "default",
    });
  });

  it("take an empty variable for one that is not there", async () => {
    expect((await load({ env: { SAMPAN_PORT: "" } })).sources.port).toBe("default");
  });

  it("take providers as JSON text or as JSON, and never show them", async () => {
    const provider = {
      id: "company",
      issuer: "https://id.example",
      clientId: "c",
      clientSecret: "hush",
    };
    const env = { SAMPAN_OAUTH_PROVIDERS: JSON.stringify([provider]) };
    const loaded = await load({ env });
    expect(loaded.settings.oauthProviders).toEqual([{ ...provider, kind: "oidc" }]);
    expect(formatSettings(loaded)).not.toContain("hush");
    await writeConfig({ oauthProviders: [provider] });
    expect((await load()).settings).toEqual(loaded.settings);
    for (const wrong of [
      "not json",
      "{}",
      [provider, provider],
      [{ ...provider, issuer: undefined }],
      [{ ...provider, issuer: "http://id.example" }],
      [{ ...provider, id: "a b" }],
      [{ ...provider, more: 1 }],
    ]) {
      const text = typeof wrong === "string" ? wrong : JSON.stringify(wrong);
      const message = await refusal({ env: { SAMPAN_OAUTH_PROVIDERS: text } });
      expect(message).toMatch(/^SAMPAN_OAUTH_PROVIDERS: /);
      expect(message).not.toContain("hush");
    }
  });

  it("have a variable and a flag each, by one rule", () => {
    expect(environmentName("minBytesPerSecond")).toBe("SAMPAN_MIN_BYTES_PER_SECOND");
    expect(flagName("minBytesPerSecond")).toBe("min-bytes-per-second");
    expect(new Set(settingNames.map(environmentName)).size).toBe(settingNames.length);
  });

  it("are all described on their page, and nothing else is", async () => {
    const page = new URL("../../../../docs/operations/settings.md", import.meta.url);
    const rows = (await readFile(page, "utf8"))
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    const named = rows.flatMap((row) =>
      [...(row.split(" | ")[0] ?? "").matchAll(/SAMPAN_[A-Z_]+/g)].map(String),
    );
    expect(named.toSorted()).toEqual(settingNames.map(environmentName).toSorted());
  });

  it.each(["abc", "5abc", "1.5", "-1", "1e3", "0x10", " 80", "80 ", "NaN", "65536", "٣"])(
    "are refused in the environment, with the variable's name: a port of %j",
    async (port) => {
      expect(await refusal({ env: { SAMPAN_PORT: port } })).toMatch(/^SAMPAN_PORT: .+ \(it is "/);
    },
  );

  it.each([
    [["--port", "x"], /^--port: /],
    [["--port="], /^--port: /],
    [["--durability", "weak"], /^--durability: /],
    [["--data-dir", ""], /^--data-dir: /],
    [["--quota-bytes", "many"], /^--quota-bytes: /],
    [["--quota-bytes="], /^--quota-bytes: /],
    [["--store-url", "s3://bucket"], /^--store-url: .*file:/],
    [["--unknown", "x"], /--unknown/],
    [["stray"], /stray/],
    [["--port"], /port/],
  ])("are refused as flags, with the flag's name: %j", async (argv, expected) => {
    expect(await refusal({ argv })).toMatch(expected);
  });

  it.each([
    ["no JSON", "{", /config\.json: /],
    ["an array", "[]", /config\.json: not an object/],
    ["null", "null", /config\.json: not an object/],
    ["an unknown setting", { prot: 1 }, /config\.json: .*"prot"/],
    ["__proto__", '{"__proto__": {"port": 1}}', /config\.json: .*"__proto__"/],
    ["a number as text that is none", { port: "x" }, /^config\.json: port: /],
    ["null for a number", { quotaBytes: null }, /^config\.json: quotaBytes: /],
    ["true for a number", { port: true }, /^config\.json: port: /],
    ["a list for a number", { port: [] }, /^config\.json: port: /],
    ["a number for text", { host: 5 }, /^config\.json: host: /],
  ])("are refused in config.json, with their name: %s", async (_why, config, expected) => {
    await writeConfig(config);
    expect(await refusal()).toMatch(expected);
  });

  it("may be numbers or their digits in config.json", async () => {
    await writeConfig({ port: 80, quotaBytes: "1000" });
    expect((await load()).settings).toMatchObject({ port: 80, quotaBytes: 1000 });
  });

  it("say so where config.json cannot be read", async () => {
    await writeFile(join(folder.path, "file"), "");
    const inFile = join(folder.path, "file");
    await expect(loadSettings({ argv: [], env: {}, folder: inFile })).rejects.toThrow(
      /config\.json/,
    );
  });

  it("are printed with value and source, a line each", async () => {
    const loaded = await load({ argv: ["--print-config", "--port", "3"] });
    expect(loaded.printConfig).toBe(true);
    const lines = formatSettings(loaded).split("\n");
    expect(lines).toHaveLength(settingNames.length);
    expect(lines.find((line) => line.startsWith("port "))).toMatch(/^port +3 +\(flag\)$/);
    expect(lines.find((line) => line.startsWith("quotaBytes "))).toMatch(/null +\(default\)$/);
  });
});
