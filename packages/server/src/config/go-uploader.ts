/**
 * The `config.json` of the go-uploader family, and its profiles. Its keys are other names for settings of ours, so both kinds may stand in one
 * file; a setting that is there by both names is refused.
 *
 *   upload_dir → dataDir          merged_dir → storeUrl (file:…)      port → port
 *   max_file_size → maxFileBytes  max_chunk_size → maxChunkBytes      cleanup_interval (s) → sweepIntervalMs
 *   retry_max_attempts → storageAttempts   retry_initial_delay (ms) → storageRetryDelayMs
 *   concurrent_uploads → maxChunksPerUser
 *   enable_integrity_check, enable_atomic_operations: always on here; `false` is answered with a notice
 */
import type { SettingName } from "./settings.ts";

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

const usual = {
  upload_dir: "./uploads",
  merged_dir: "./merged",
  port: "18101",
  max_file_size: 10 * gibibyte,
  max_chunk_size: 100 * mebibyte,
  cleanup_interval: 3600,
  retry_max_attempts: 3,
  retry_initial_delay: 1000,
  concurrent_uploads: 3,
  enable_integrity_check: true,
  enable_atomic_operations: true,
};

export type GoUploaderConfig = typeof usual;

export const profiles: Readonly<Record<string, GoUploaderConfig>> = {
  "go-uploader": usual,
  production: { ...usual, retry_max_attempts: 5, retry_initial_delay: 2000 },
  fast: {
    ...usual,
    max_chunk_size: 200 * mebibyte,
    concurrent_uploads: 8,
    retry_initial_delay: 500,
    cleanup_interval: 1800,
  },
  "weak-network": {
    ...usual,
    max_chunk_size: 50 * mebibyte,
    concurrent_uploads: 1,
    retry_max_attempts: 10,
    retry_initial_delay: 5000,
  },
};

interface Meaning {
  readonly name: SettingName;
  /** Undefined: not a value that it can be; the setting's own check then says so. */
  readonly convert?: (value: unknown) => unknown;
}

const meanings: Readonly<Record<string, Meaning>> = {
  upload_dir: { name: "dataDir" },
  merged_dir: {
    name: "storeUrl",
    convert: (value) => (typeof value === "string" && value !== "" ? `file:${value}` : value),
  },
  max_file_size: { name: "maxFileBytes" },
  max_chunk_size: { name: "maxChunkBytes" },
  cleanup_interval: {
    name: "sweepIntervalMs",
    convert: (value) => (isWhole(value) ? Number(value) * 1000 : value),
  },
  retry_max_attempts: { name: "storageAttempts" },
  retry_initial_delay: { name: "storageRetryDelayMs" },
  concurrent_uploads: { name: "maxChunksPerUser" },
};
const promises = ["enable_integrity_check", "enable_atomic_operations"];

function isWhole(value: unknown): value is number | string {
  return Number.isSafeInteger(value) || (typeof value === "string" && /^[0-9]{1,12}$/.test(value));
}

export interface Translated {
  readonly settings: Record<string, unknown>;
  readonly notices: readonly string[];
}

/** Keys of this family as ours; other keys as they are. Throws `SyntaxError`. */
export function translateConfig(config: object): Translated {
  // Without a prototype, so that a key named __proto__ is one like any other, and refused like any other.
  const settings = Object.create(null) as Record<string, unknown>;
  const notices: string[] = [];
  const put = (name: string, value: unknown): void => {
    if (Object.hasOwn(settings, name)) throw new SyntaxError(`${name} is there by two names`);
    settings[name] = value;
  };
  for (const [key, value] of Object.entries(config)) {
    const meaning = Object.hasOwn(meanings, key) ? meanings[key] : undefined;
    if (meaning) put(meaning.name, meaning.convert ? meaning.convert(value) : value);
    else if (!promises.includes(key)) put(key, value);
    else if (typeof value !== "boolean") throw new SyntaxError(`${key} is not true or false`);
    else if (!value)
      notices.push(`${key} cannot be turned off: Sampan always checks and publishes atomically`);
  }
  return { settings, notices };
}
