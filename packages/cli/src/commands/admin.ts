import type { Client, Role, User } from "@sampan/sdk";
import { SampanError } from "@sampan/sdk";
import { connect, connectionOptions, dataFolder, readTokenFile } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { printJson, printLine, type CommandContext, type Output } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { parseByteCount, parseCount } from "../parse-limits.ts";
import { isSame } from "../shared-path.ts";
import { formatBytes, formatInstant, printable } from "../terminal/format.ts";

export const adminHelp = `Usage: sampan admin users [--json]
       sampan admin user NAME [--role ROLE] [--quota SIZE|unlimited] [--disable|--enable]
       sampan admin invite [--role ROLE] [--quota SIZE|unlimited]
       sampan admin invitations [withdraw ID]
       sampan admin reset NAME
       sampan admin sign-out NAME
       sampan admin remove-totp NAME
       sampan admin audit [NAME] [--kind KIND] [--limit N]
       sampan admin token [--rotate] [--data-dir DIR]

For owners and admins. user shows an account, or changes it; disabling ends its sessions and
tokens at once. invite prints a link that makes one account within 7 days (ROLE: member, the
default; admin, which the owner gives; guest). reset prints a link by which somebody sets a new
password; sign-out ends all sessions; remove-totp takes away a second factor that was lost.
audit shows who did what, when and from where, newest first; of one account with NAME. token
prints the owner's token from the server's data folder (--data-dir, SAMPAN_DATA_DIR, ./data), or
has a running server replace it: the old one is dead at once.`;

const options = {
  ...connectionOptions,
  role: { type: "string" },
  quota: { type: "string" },
  disable: { type: "boolean" },
  enable: { type: "boolean" },
  kind: { type: "string" },
  limit: { type: "string" },
  rotate: { type: "boolean" },
  "data-dir": { type: "string" },
} as const;

type Flag = "role" | "quota" | "disable" | "enable" | "kind" | "limit" | "rotate" | "data-dir";

type Values = ReturnType<typeof parse>["values"];

const parse = (argv: readonly string[]) =>
  parseFlags({ args: [...argv], options, allowPositionals: true });

interface Work {
  readonly values: Values;
  readonly names: readonly string[];
  readonly output: Output;
  readonly signal: AbortSignal;
  /** To whoever the connection is of; asked for once it is needed. */
  connect(): Promise<Client>;
  readonly env: CommandContext["env"];
}

interface Action {
  readonly names: readonly [min: number, max: number];
  readonly flags?: readonly Flag[];
  readonly run: (work: Work) => Promise<void>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  users: { names: [0, 0], run: listUsers },
  user: { names: [1, 1], flags: ["role", "quota", "disable", "enable"], run: showOrChangeUser },
  invite: { names: [0, 0], flags: ["role", "quota"], run: invite },
  invitations: { names: [0, 2], run: invitations },
  reset: { names: [1, 1], run: reset },
  "sign-out": {
    names: [1, 1],
    run: (work) => onUser(work, (client, { id }) => client.endUserSessions(id, work)),
  },
  "remove-totp": {
    names: [1, 1],
    run: (work) => onUser(work, (client, user) => removeTotp(client, { user, ...work })),
  },
  audit: { names: [0, 1], flags: ["kind", "limit"], run: audit },
  token: { names: [0, 0], flags: ["rotate", "data-dir"], run: token },
};

export async function admin({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values, positionals } = parse(argv);
  const [word = "", ...names] = positionals;
  const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
  if (action === undefined)
    throw new UsageError(`admin takes ${Object.keys(ACTIONS).join(", ")}: see sampan admin --help`);
  const [min, max] = action.names;
  if (names.length < min || names.length > max)
    throw new UsageError(`admin ${word} takes ${max === 0 ? "no names" : "one NAME"}`);
  const allowed: readonly string[] = [...Object.keys(connectionOptions), ...(action.flags ?? [])];
  const stray = Object.keys(values).find((flag) => !allowed.includes(flag));
  if (stray !== undefined) throw new UsageError(`--${stray} does not go with admin ${word}`);
  const open = async (): Promise<Client> => (await connect(values, env)).client;
  await action.run({ values, names, output, signal, env, connect: open });
  return EXIT.ok;
}

async function listUsers({ values, output, signal, ...work }: Work): Promise<void> {
  const client = await work.connect();
  for await (const user of client.eachUser({ signal })) tellUser(user, { values, output });
}

async function showOrChangeUser(work: Work): Promise<void> {
  const { values, signal } = work;
  const { role, quota, disable, enable } = values;
  if (disable === true && enable === true)
    throw new UsageError("--disable and --enable exclude each other");
  const disabled = disable === true ? true : enable === true ? false : undefined;
  const changes = { role: parseRole(role), quotaBytes: parseQuota(quota), disabled };
  const isChange = Object.values(changes).some((change) => change !== undefined);
  await onUser(work, async (client, user) =>
    tellUser(isChange ? await client.changeUser(user.id, { ...changes, signal }) : user, work),
  );
}

async function invite({ values, output, signal, ...work }: Work): Promise<void> {
  const wanted = { role: parseRole(values.role), quotaBytes: parseQuota(values.quota) };
  const client = await work.connect();
  const made = await client.invite({ ...wanted, signal });
  if (values.json === true) printJson(output, made);
  else printLine(output, made.url);
}

async function invitations({ values, names, output, signal, ...work }: Work): Promise<void> {
  const [word, id] = names;
  if (word !== undefined && (word !== "withdraw" || id === undefined))
    throw new UsageError("admin invitations takes nothing, or withdraw ID");
  const client = await work.connect();
  if (id !== undefined) {
    await client.revokeInvitation(id, { signal });
    return;
  }
  for (const one of await client.listInvitations({ signal })) {
    const quota = one.quotaBytes === null ? "unlimited" : formatBytes(one.quotaBytes);
    const columns = [one.id, one.role.padEnd(6), quota.padStart(9)];
    if (values.json === true) printJson(output, one);
    else printLine(output, [...columns, `until ${formatInstant(one.expiresAt)}`].join("  "));
  }
}

async function reset(work: Work): Promise<void> {
  const { values, output, signal } = work;
  await onUser(work, async (client, { id }) => {
    const offer = await client.offerReset(id, { signal });
    if (values.json === true) printJson(output, offer);
    else printLine(output, offer.url);
  });
}

async function removeTotp(
  client: Client,
  { user, signal }: { user: User; signal: AbortSignal },
): Promise<void> {
  if (!user.hasTotp)
    throw new SampanError(`${user.name} has no second factor`, { code: "totp-state" });
  await client.removeUserTotp(user.id, { signal });
}

const DEFAULT_LIMIT = 100;

async function audit({ values, names, output, signal, ...work }: Work): Promise<void> {
  const limit = values.limit === undefined ? DEFAULT_LIMIT : parseCount(values.limit, "--limit");
  const client = await work.connect();
  const people = new Map<string, string>();
  for await (const { id, name } of client.eachUser({ signal })) people.set(id, name);
  const [name] = names;
  const account =
    name === undefined ? {} : { account: (await findUser(client, { name, signal })).id };
  const kind = values.kind === undefined ? {} : { kind: values.kind };
  let count = 0;
  for await (const event of client.eachAuditEvent({ ...account, ...kind, signal })) {
    if (count >= limit) break;
    count += 1;
    const { actor, data, at } = event;
    const who = people.get(actor.accountId ?? "") ?? actor.accountId ?? "-";
    const columns = [
      formatInstant(at),
      event.kind.padEnd(22),
      who.padEnd(12),
      (actor.address ?? "-").padEnd(15),
    ];
    if (values.json === true) printJson(output, event);
    else printLine(output, [...columns, JSON.stringify(data)].map(printable).join("  "));
  }
}

async function token({ values, output, signal, env }: Work): Promise<void> {
  const folder = dataFolder(values["data-dir"], env);
  const scoped = { ...env, SAMPAN_DATA_DIR: folder };
  const shown =
    values.rotate === true
      ? await (await connect(values, scoped)).client.replaceToken({ signal })
      : await readTokenFile(folder);
  if (values.json === true) printJson(output, { token: shown });
  else printLine(output, shown);
}

async function onUser(
  { names, signal, ...work }: Work,
  act: (client: Client, user: User) => Promise<void>,
): Promise<void> {
  const [name = ""] = names;
  const client = await work.connect();
  await act(client, await findUser(client, { name, signal }));
}

/** By name, or by id. */
async function findUser(
  client: Client,
  { name, signal }: { name: string; signal: AbortSignal },
): Promise<User> {
  for await (const user of client.eachUser({ signal }))
    if (user.id === name || isSame(user.name, name)) return user;
  throw new SampanError(`there is no account called "${name}"`, { code: "account-not-found" });
}

const ROLES: readonly Role[] = ["admin", "member", "guest"];

function parseRole(text: string | undefined): Role | undefined {
  if (text === undefined) return undefined;
  const role = ROLES.find((known) => known === text);
  if (role !== undefined) return role;
  throw new UsageError(`--role is ${ROLES.join(", ")}, not "${text}"`);
}

function parseQuota(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  return text === "unlimited" ? null : parseByteCount(text, "--quota");
}

function tellUser(user: User, { values, output }: Pick<Work, "values" | "output">): void {
  if (values.json === true) {
    printJson(output, user);
    return;
  }
  const { id, name, role, disabled, usedBytes, quotaBytes, hasTotp } = user;
  const quota = quotaBytes === null ? "" : ` of ${formatBytes(quotaBytes)}`;
  const facts = [disabled && "disabled", hasTotp && "second factor"].filter(Boolean).join(", ");
  const columns = [id, role.padEnd(6), printable(name), `${formatBytes(usedBytes)}${quota}`, facts];
  printLine(output, columns.join("  ").trimEnd());
}
