import { hostname } from "node:os";
import { hasCode, type Me, type SignedIn } from "@sampan/sdk";
import { createNodeClient } from "@sampan/sdk/node";
import { connect, connectionOptions, serverUrl } from "../connection.ts";
import { findCredential, keepCredential } from "../credentials.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { readSecret } from "../read-secret.ts";
import { formatBytes, printable } from "../terminal/format.ts";

export const loginHelp = `Usage: sampan login NAME [--url URL] [--totp CODE] [--json]
       sampan login --token TOKEN|- [--url URL] [--json]
       sampan logout [--url URL]
       sampan whoami [--url URL] [--json]

Signs in to a server and keeps an API token for it, of 90 days, that later commands use. The
password is asked for, or read from standard input (or SAMPAN_PASSWORD). With --token a token
that you have is kept; - asks for it, or reads it from standard input, where others on this
machine cannot see it. logout revokes the token (one that came by --token stays good) and
forgets it. whoami says who the server takes you for, and how much room there is.`;

const options = { ...connectionOptions, totp: { type: "string" } } as const;
const tokenDays = 90;

export async function login({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values, positionals } = parseFlags({ args: argv, options, allowPositionals: true });
  if (values.token !== undefined) {
    if (positionals.length > 0) throw new UsageError("login takes a NAME or --token");
    return await keepToken(values, { argv, env, output, signal });
  }
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new UsageError("login takes one name");
  const url = serverUrl(values, env);
  const password = env["SAMPAN_PASSWORD"] ?? (await readSecret("Password: ", { signal }));
  const anonymous = createNodeClient({ url: url.href });
  const attempt = (totp: string | undefined): Promise<SignedIn> =>
    anonymous.logIn({ name, password, totp, signal });
  const signedIn = await attempt(values.totp).catch(async (error: unknown) => {
    const mayAsk = hasCode(error, "totp-required") && values.totp === undefined;
    if (!mayAsk || !process.stdin.isTTY) throw error;
    return await attempt(await readSecret("Code of the second factor: ", { signal }));
  });
  const { accessToken, refreshToken, user } = signedIn;
  const client = createNodeClient({ url: url.href, token: accessToken });
  const expiresAt = new Date(Date.now() + tokenDays * 24 * 3_600_000).toISOString();
  const { scopes } = await client.getMe({ signal });
  // Whatever the account may do, but for what only the owner's own token is for.
  const wanted = scopes.filter((scope) => scope !== "owner");
  const made = await client.createToken({
    name: `sampan on ${hostname()}`.slice(0, 100),
    scopes: wanted,
    expiresAt,
    signal,
  });
  const credential = { token: made.token, tokenId: made.id, name: user.name };
  await keepCredential({ origin: url.origin, credential }, env);
  await anonymous.logOut(refreshToken, { signal });
  if (values.json === true) printJson(output, { name: user.name, role: user.role, expiresAt });
  else printLine(output, `Logged in to ${url.origin} as ${printable(user.name)}`);
  return EXIT.ok;
}

/** Kept only once the server accepts it. */
async function keepToken(
  { token: given = "", ...values }: { token?: string; url?: string; json?: boolean },
  { env, output, signal }: CommandContext,
): Promise<number> {
  const token = given === "-" ? (await readSecret("Token: ", { signal })).trim() : given;
  const { client, url } = await connect({ ...values, token }, env);
  const { origin } = new URL(url);
  const { name, role } = await client.getMe({ signal });
  await keepCredential({ origin, credential: { token, tokenId: null, name } }, env);
  if (values.json === true) printJson(output, { name, role, expiresAt: null });
  else printLine(output, `Logged in to ${origin} as ${printable(name)}`);
  return EXIT.ok;
}

export async function logout({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values } = parseFlags({ args: argv, options: connectionOptions });
  const url = serverUrl(values, env);
  const known = await findCredential(url.origin, env);
  const { origin } = url;
  const tell = (status: string, text: string): void => {
    if (values.json === true) printJson(output, { origin, status });
    else printLine(output, `${text} ${origin}`);
  };
  if (known === undefined) {
    tell("not-logged-in", "Not logged in to");
    return EXIT.ok;
  }
  if (known.tokenId !== null) {
    const client = createNodeClient({ url: url.href, token: known.token });
    try {
      await client.revokeToken(known.tokenId, { signal });
    } catch (error) {
      // Expired or revoked elsewhere: there is nothing left to revoke.
      if (!hasCode(error, "unauthenticated", "token-not-found")) throw error;
    }
  }
  await keepCredential({ origin, credential: null }, env);
  tell("logged-out", "Logged out of");
  return EXIT.ok;
}

export async function whoami({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values } = parseFlags({ args: argv, options: connectionOptions });
  const { client, url } = await connect(values, env);
  const me = await client.getMe({ signal });
  if (values.json === true) printJson(output, me);
  else {
    printLine(output, `${printable(me.name)} (${me.role}) at ${new URL(url).origin}`);
    printLine(output, describeRoom(me));
  }
  return EXIT.ok;
}

function describeRoom({ usedBytes, quotaBytes }: Me): string {
  const used = formatBytes(usedBytes);
  return quotaBytes === null ? `${used} used` : `${used} of ${formatBytes(quotaBytes)} used`;
}
