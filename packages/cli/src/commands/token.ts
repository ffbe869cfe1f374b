import { SampanError, type ApiToken, type Client, type Scope } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { parseExpiry } from "../parse-limits.ts";
import { formatInstant, printable } from "../terminal/format.ts";

export const tokenHelp = `Usage: sampan token [list] [--json]
       sampan token create NAME [--scopes SCOPE,…] [--expires TIME]
       sampan token revoke ID|NAME…

API tokens of your account, for programs. create prints the token, this once: keep it like a
password, hand it over as SAMPAN_TOKEN or keep it with sampan login --token. The list shows id,
name, scopes, when it ends and when it was used last (UTC, to the hour).

  --scopes SCOPE,…   of files:read, files:write, account, admin; default files:read,files:write
  --expires TIME     12h, 90d, a date; without it never`;

const options = {
  ...connectionOptions,
  scopes: { type: "string" },
  expires: { type: "string" },
} as const;

const SCOPES: readonly Scope[] = ["files:read", "files:write", "account", "admin", "owner"];

export async function token({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values, positionals } = parseFlags({ args: argv, options, allowPositionals: true });
  const [word = "list", ...names] = positionals;
  const isJson = values.json === true;
  const [name, second] = names;
  if (word !== "create" && (values.scopes !== undefined || values.expires !== undefined))
    throw new UsageError("--scopes and --expires go with token create");
  if (word === "list" && name === undefined) {
    const { client } = await connect(values, env);
    for (const one of await client.listTokens({ signal })) {
      if (isJson) printJson(output, one);
      else printLine(output, formatToken(one));
    }
  } else if (word === "create" && name !== undefined && second === undefined) {
    const scopes = parseScopes(values.scopes ?? "files:read,files:write");
    const { expires } = values;
    const expiresAt = expires === undefined ? null : parseExpiry(expires, { flag: "--expires" });
    const { client } = await connect(values, env);
    const made = await client.createToken({ name, scopes, expiresAt, signal });
    if (isJson) printJson(output, made);
    else printLine(output, made.token);
  } else if (word === "revoke" && name !== undefined) {
    const { client } = await connect(values, env);
    for (const id of await findTokens(client, { names, signal })) {
      await client.revokeToken(id, { signal });
      if (isJson) printJson(output, { id, status: "revoked" });
    }
  } else throw new UsageError("token takes list, create NAME or revoke ID|NAME…");
  return EXIT.ok;
}

/** All of them, or none is revoked. */
async function findTokens(
  client: Client,
  { names, signal }: { names: readonly string[]; signal: AbortSignal },
): Promise<string[]> {
  const all = await client.listTokens({ signal });
  return names.map((text) => {
    const [only, second] = all.filter(({ id, name }) => id === text || name === text);
    if (only === undefined)
      throw new SampanError(`you have no token "${text}"`, { code: "token-not-found" });
    if (second !== undefined)
      throw new SampanError(`several tokens are called "${text}": use the id`, {
        code: "ambiguous",
      });
    return only.id;
  });
}

function parseScopes(text: string): Scope[] {
  return text.split(",").map((word) => {
    const scope = SCOPES.find((known) => known === word.trim());
    if (scope !== undefined) return scope;
    throw new UsageError(`--scopes knows ${SCOPES.slice(0, -1).join(", ")}, not "${word}"`);
  });
}

function formatToken({ id, name, scopes, expiresAt, usedAt }: ApiToken): string {
  const ends = expiresAt === null ? "never ends" : `until ${formatInstant(expiresAt)}`;
  const used = usedAt === null ? "not used yet" : `used ${formatInstant(usedAt)}`;
  return [id, printable(name), scopes.join(","), ends, used].join("  ");
}
