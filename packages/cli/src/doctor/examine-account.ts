/** Who one is to the server, and what is left to one there. */
import { hasCode, type Client, type Me } from "@sampan/sdk";
import { connect, type ConnectionFlags } from "../connection.ts";
import { UsageError } from "../exit-codes.ts";
import { explain } from "../explain.ts";
import { formatBytes, formatInstant, printable } from "../terminal/format.ts";
import { ok, problem, warn, type Finding } from "./finding.ts";

const FULL = 0.9;
const SOON_MS = 7 * 24 * 3_600_000;

interface Where {
  readonly flags: ConnectionFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export async function examineAccount({ flags, env, signal }: Where): Promise<Finding[]> {
  const advice = "sampan login NAME, or set SAMPAN_TOKEN";
  try {
    const { client } = await connect(flags, env);
    const me = await client.getMe({ signal });
    const { version } = await client.getServerInfo({ signal });
    return [
      ok("account", `${printable(me.name)} (${me.role}), may ${me.scopes.join(", ")}`),
      ok("version", `the server is Sampan ${printable(version)}`),
      examineRoom(me),
      ...(await examineTokens(client, { me, signal })),
      ...(await examineUploads(client, { me, signal })),
    ];
  } catch (error) {
    if (error instanceof UsageError || hasCode(error, "unauthenticated", "account-disabled"))
      return [problem("account", { detail: explain(error), advice })];
    throw error;
  }
}

function examineRoom({ usedBytes, reservedBytes, quotaBytes }: Me): Finding {
  const used = formatBytes(usedBytes + reservedBytes);
  if (quotaBytes === null) return ok("room", `${used} used, without a limit of your own`);
  const detail = `${used} of ${formatBytes(quotaBytes)} used`;
  if (usedBytes + reservedBytes < quotaBytes * FULL) return ok("room", detail);
  return warn("room", { detail, advice: "empty the trash (sampan trash empty), or ask an admin" });
}

interface Asking {
  readonly me: Me;
  readonly signal: AbortSignal;
}

/** Which of them is in use nobody knows here: only its name tells. */
async function examineTokens(client: Client, { me, signal }: Asking): Promise<Finding[]> {
  if (!me.scopes.includes("account")) return [];
  const endsSoon = (expiresAt: string | null): boolean =>
    expiresAt !== null && Date.parse(expiresAt) - Date.now() < SOON_MS;
  const tokens = await client.listTokens({ signal });
  return tokens
    .filter(({ expiresAt }) => endsSoon(expiresAt))
    .map(({ name, expiresAt }) =>
      warn("token", {
        detail: `"${printable(name)}" ends ${formatInstant(expiresAt ?? "")} UTC`,
        advice: "sampan login makes a new one",
      }),
    );
}

async function examineUploads(client: Client, { me, signal }: Asking): Promise<Finding[]> {
  if (!me.scopes.includes("files:read")) return [];
  const { items, nextCursor } = await client.listUploads({ limit: 1_000, signal });
  if (items.length === 0) return [ok("uploads", "none is open")];
  const count = `${items.length}${nextCursor === null ? "" : " or more"}`;
  const held = formatBytes(items.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0));
  return [ok("uploads", `${count} open, holding ${held}: sampan uploads lists them`)];
}
