/** Every setting: its environment variable, flag, `config.json` key, default and meaning. The one place that lists them. */
import { z } from "zod";

const mebibyte = 1024 * 1024;
/** A number, or its digits and nothing else: what JavaScript would make of "", null, " 80" or "0x10" is nobody's setting. */
const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^[0-9]+$/)
          .transform(Number),
      ],
      "not a whole number",
    )
    .pipe(z.int("not a whole number").min(min).max(max));

export const settingsSchema = z.strictObject({
  host: z.string().min(1).default("127.0.0.1").describe("Address to listen on"),
  port: wholeNumber(0, 65_535).default(18_101).describe("Port to listen on; 0 chooses a free one"),
  dataDir: z
    .string()
    .min(1)
    .default("./data")
    .describe("Folder of the database and, unless storeUrl says otherwise, of all bytes"),
  storeUrl: z
    .string()
    .regex(/^file:./, "only file:<folder> so far")
    .optional()
    .describe("Where bytes are kept, as file:<folder>; default: the data folder"),
  durability: z
    .enum(["strict", "balanced", "relaxed"])
    .default("strict")
    .describe("When bytes are acknowledged"),
  maxFileBytes: wholeNumber(1)
    .default(1024 ** 4)
    .describe("Largest file"),
  quotaBytes: wholeNumber(0).optional().describe("The owner's quota; default: none"),
  uploadTtlMs: wholeNumber(1)
    .default(7 * 24 * 3600 * 1000)
    .describe("An open upload expires this long after its last byte"),
  maxOpenUploads: wholeNumber(1).default(10_000).describe("Open uploads of one user"),
  trashRetentionMs: wholeNumber(0)
    .default(30 * 24 * 3600 * 1000)
    .describe("What is in the trash is deleted after this long"),
  versionRetentionMs: wholeNumber(0)
    .default(90 * 24 * 3600 * 1000)
    .describe("Earlier versions of a file are deleted after this long"),
  sweepGraceMs: wholeNumber(0)
    .default(3600 * 1000)
    .describe("Unreferenced bytes are kept this long"),
  sweepIntervalMs: wholeNumber(100)
    .default(60_000)
    .describe("Between runs of expiry, sweep and compaction"),
  diskReserveBytes: wholeNumber(0)
    .default(256 * mebibyte)
    .describe("Room kept free for the database, at most 5 % of the volume"),
  minBytesPerSecond: wholeNumber(0).default(16).describe("A slower sender is cut (408)"),
  minRateWindowMs: wholeNumber(100).default(60_000).describe("Time over which that is measured"),
  logLevel: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("Least severe log line"),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;

export const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

/** `dataDir` → `SAMPAN_DATA_DIR`. */
export function environmentName(name: string): string {
  return `SAMPAN_${name.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;
}

/** `dataDir` → `data-dir`. */
export function flagName(name: string): string {
  return name.replaceAll(/[A-Z]/g, "-$&").toLowerCase();
}
