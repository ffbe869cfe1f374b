/** Every setting: its environment variable, flag, `config.json` key, default and meaning. The one place that lists them. */
import { z } from "zod";
import { trustedProxies } from "./trusted-proxies.ts";

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
    .pipe(z.int("not a whole number").min(min, `less than ${min}`).max(max, `more than ${max}`));

/** Text, because a variable or a flag has no other type. */
const flag = () =>
  z.union(
    [z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")],
    "not true or false",
  );

/** What documentation and examples show; whoever copies one signs with what everybody knows. */
const knownSecrets = /secret|password|change|default|example|sampan|12345|qwerty|test/i;

const tokenSecret = z
  .string()
  .min(32, "too short: 32 characters or more are needed")
  .refine((text) => new Set(text).size >= 12, "not random: too few different characters")
  .refine((text) => !knownSecrets.test(text), "a default or an example, not a secret");

const webAddress = z
  .url({ protocol: /^https?$/, error: "not an http:// or https:// address" })
  .transform((text) => text.replace(/\/+$/, ""));

/** Secrets and codes travel there: without TLS only within this machine. */
const providerAddress = z.url().refine((text) => {
  const { protocol, hostname } = new URL(text);
  const isHere = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  return protocol === "https:" || (protocol === "http:" && isHere);
}, "not an https:// address");

const oauthProvider = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, "an id is small letters, digits and -"),
  kind: z.enum(["oidc", "google", "github", "qq"]).default("oidc"),
  label: z.string().min(1).max(64).optional(),
  issuer: providerAddress.optional(),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  scope: z.string().min(1).optional(),
  baseUrl: providerAddress.optional(),
});

/** JSON text in the environment and as a flag, plain JSON in `config.json`. */
const oauthProviders = z
  .preprocess((value, context) => {
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value) as unknown;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      context.addIssue("not JSON");
      return z.NEVER;
    }
  }, z.array(oauthProvider))
  .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, "an id is used twice")
  .refine(
    (list) => list.every(({ kind, issuer }) => kind !== "oidc" || issuer !== undefined),
    "a provider of kind oidc needs its issuer",
  );

export const settingsSchema = z
  .strictObject({
    host: z.string().min(1).default("127.0.0.1").describe("Address to listen on"),
    port: wholeNumber(0, 65_535)
      .default(18_101)
      .describe("Port to listen on; 0 chooses a free one"),
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
    defaultQuotaBytes: wholeNumber(0)
      .optional()
      .describe("The quota of new accounts; default: none"),
    signup: z
      .enum(["first", "open", "closed"])
      .default("first")
      .describe("Who may make an account: first, the owner, then by invitation; open; closed"),
    minPasswordChars: wholeNumber(4, 128).default(8).describe("Shortest password"),
    tokenSecret: tokenSecret
      .optional()
      .describe("Signs tokens instead of the data folder's keys; secret"),
    publicUrl: webAddress
      .optional()
      .describe("Where browsers find this server; https here makes cookies secure"),
    contentHost: webAddress
      .refine(
        (text) => URL.parse(text)?.origin === text.toLowerCase(),
        "not an origin: no path, no usual port",
      )
      .transform((text) => text.toLowerCase())
      .optional()
      .describe("A host of its own for what users stored, as http(s)://host; needs publicUrl"),
    trustProxy: trustedProxies
      .default([])
      .describe("Addresses and networks of proxies whose X-Forwarded-For and -Proto count"),
    oauthProviders: oauthProviders
      .default([])
      .describe("Third-party sign-in, as a JSON array; secret"),
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
    instant: z
      .enum(["site", "user", "off"])
      .default("site")
      .describe(
        "Content that becomes a file without being sent: everybody's, with proof; one's own; none",
      ),
    sweepGraceMs: wholeNumber(0)
      .default(3600 * 1000)
      .describe("Unreferenced bytes are kept this long"),
    sweepIntervalMs: wholeNumber(100)
      .default(60_000)
      .describe("Between runs of expiry, sweep and compaction"),
    auditRetentionMs: wholeNumber(0)
      .default(180 * 24 * 3600 * 1000)
      .describe("Events (audit log, live stream) are kept at least this long; 0: for ever"),
    diskReserveBytes: wholeNumber(0)
      .default(256 * mebibyte)
      .describe("Room kept free for the database, at most 5 % of the volume"),
    minBytesPerSecond: wholeNumber(0).default(16).describe("A slower sender is cut (408)"),
    minRateWindowMs: wholeNumber(100).default(60_000).describe("Time over which that is measured"),
    offlineDownloads: z
      .enum(["owner", "admins", "everyone", "off"])
      .default("owner")
      .describe("Who may let the server fetch a URL into their drive; guests never"),
    maxFetchBytes: wholeNumber(1)
      .default(100 * 1024 ** 3)
      .describe("Largest offline download; maxFileBytes holds too"),
    maxFetches: wholeNumber(1, 64)
      .default(4)
      .describe("Offline downloads at work at once; one account has at most half of them"),
    compatAnonymous: flag()
      .default(false)
      .describe("Let the task API and the go-uploader API write to the inbox without credentials"),
    maxOpenTasks: wholeNumber(1).default(5).describe("Open tasks of one user in the task API"),
    maxChunkBytes: wholeNumber(1)
      .default(1024 * mebibyte)
      .describe("Largest chunk in the task, go-uploader and multipart APIs"),
    maxChunksPerUser: wholeNumber(1)
      .default(16)
      .describe("Chunks of one user taken in at once in those APIs; others wait"),
    maxChunks: wholeNumber(1).default(256).describe("Chunks taken in at once there, of all users"),
    maxWaitingChunks: wholeNumber(0)
      .default(10_000)
      .describe("Chunks of one user that may wait there; more are refused (429)"),
    storageAttempts: wholeNumber(1)
      .default(3)
      .describe("Tries of a storage operation whose failure may pass"),
    storageRetryDelayMs: wholeNumber(0)
      .default(20)
      .describe("Pause before the second try; doubled for each further one"),
    diskWarningPercent: wholeNumber(1, 100)
      .default(85)
      .describe("Use of the volume above which an alert is logged"),
    diskStopPercent: wholeNumber(1, 100)
      .default(97)
      .describe("Use of the volume above which those APIs begin nothing new (507)"),
    requestsPerSecond: wholeNumber(1)
      .default(500)
      .describe("Requests of one user, and of one address, in those APIs"),
    requestBurst: wholeNumber(1)
      .default(2_000)
      .describe("That many more at once before they are delayed"),
    logLevel: z
      .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
      .default("info")
      .describe("Least severe log line"),
  })
  .refine(isApart, { path: ["contentHost"], error: "needs a publicUrl on another host" });

/** Cookies know hosts and no ports: on the app's own host, another port would get them. */
function isApart({
  publicUrl,
  contentHost,
}: {
  publicUrl?: string | undefined;
  contentHost?: string | undefined;
}): boolean {
  if (contentHost === undefined) return true;
  return (
    publicUrl !== undefined && URL.parse(publicUrl)?.hostname !== URL.parse(contentHost)?.hostname
  );
}

export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;

export const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

/** Never printed. */
export const secretSettings: ReadonlySet<SettingName> = new Set(["tokenSecret", "oauthProviders"]);

/** `dataDir` → `SAMPAN_DATA_DIR`. */
export function environmentName(name: string): string {
  return `SAMPAN_${name.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;
}

/** `dataDir` → `data-dir`. */
export function flagName(name: string): string {
  return name.replaceAll(/[A-Z]/g, "-$&").toLowerCase();
}
