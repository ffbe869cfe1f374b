/**
 * `--password=TEXT` says it; `--password` alone has it asked for, without an echo at a terminal, else read as the next line of standard input. A
 * flag whose value may be left out is none that `parseArgs` knows: the bare one goes by another name behind the scenes.
 */
import { UsageError } from "./exit-codes.ts";
import { readSecret } from "./read-secret.ts";

export const passwordOptions = {
  password: { type: "string" },
  "ask-password": { type: "boolean" },
} as const;

export interface PasswordFlags {
  password?: string | undefined;
  "ask-password"?: boolean | undefined;
}

/** For `parseFlags` with `passwordOptions`. */
export function withBarePassword(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((word, at) =>
    word === "--password" && (end === -1 || at < end) ? "--ask-password" : word,
  );
}

export function hasPassword(values: PasswordFlags): boolean {
  return values.password !== undefined || values["ask-password"] === true;
}

/** For a new link; undefined where none is wanted. At a terminal it is asked for twice, since nobody sees what is typed. */
export async function chooseNewPassword(
  values: PasswordFlags,
  { signal }: { signal: AbortSignal },
): Promise<string | undefined> {
  if (values.password !== undefined) return requireLong(values.password);
  if (values["ask-password"] !== true) return undefined;
  const password = requireLong(await readSecret("Password for the link: ", { signal }));
  if (process.stdin.isTTY && (await readSecret("The same again: ", { signal })) !== password)
    throw new UsageError("The two are not the same");
  return password;
}

/** Of a link that somebody else made; null where it is not known and there is nobody to ask. */
export async function findLinkPassword(
  values: PasswordFlags,
  { env, signal }: { env: Readonly<Record<string, string | undefined>>; signal: AbortSignal },
): Promise<string | null> {
  const known = values.password ?? env["SAMPAN_LINK_PASSWORD"];
  if (known !== undefined) return requireSome(known);
  if (values["ask-password"] !== true && !process.stdin.isTTY) return null;
  return requireSome(await readSecret("Password of the link: ", { signal }));
}

/** As the server does. */
const MIN_CHARS = 6;

function requireLong(password: string): string {
  if (password.length >= MIN_CHARS) return password;
  throw new UsageError(`The password of a link has ${MIN_CHARS} characters at least`);
}

function requireSome(password: string): string {
  if (password === "") throw new UsageError("The password is empty");
  return password;
}
