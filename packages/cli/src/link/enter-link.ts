/** In through a link somebody gave one: the visitor, and what stands there. */
import {
  createRetryBudget,
  hasCode,
  parseShareLink,
  withRetry,
  type ShareLink,
  type VisitedLink,
  type Visitor,
} from "@sampan/sdk";
import { createNodeVisitor } from "@sampan/sdk/node";
import { UsageError } from "../exit-codes.ts";
import { findLinkPassword, type PasswordFlags } from "../link-password.ts";
import { openKeptVisit, type KeptVisit } from "./kept-visit.ts";

export interface Entering {
  readonly values: PasswordFlags & { url?: string | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly retryForMs?: number | undefined;
  /** Of the account that saves. */
  readonly token?: string | undefined;
}

export interface Entered {
  readonly visitor: Visitor;
  readonly kept: KeptVisit;
  /** Null: its downloads are used up, so it tells nothing; one that has begun may still go on. */
  readonly link: VisitedLink | null;
}

export function isLink(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** Where the link's server is: as the link says, unless `--url` knows another way. */
export function linkOf(text: string, { url }: { url?: string | undefined }): ShareLink {
  const link = parseShareLink(text);
  return url === undefined ? link : { ...link, url };
}

const MAX_TRIES = 3;

export async function enterLink(text: string, entering: Entering): Promise<Entered> {
  const { values, env, token } = entering;
  const link = linkOf(text, values);
  const kept = await openKeptVisit(link, env);
  const visitor = createNodeVisitor({ ...link, keys: kept.keys, onKeys: kept.keepKeys, token });
  return { visitor, kept, link: await look(visitor, entering) };
}

async function look(visitor: Visitor, entering: Entering): Promise<VisitedLink | null> {
  const { signal, retryForMs } = entering;
  const budget = createRetryBudget({ retryForMs });
  const ask = <T>(call: () => Promise<T>): Promise<T> => withRetry(call, { budget, signal });
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask(() => visitor.getLink({ signal }));
    } catch (error) {
      if (hasCode(error, "downloads-spent")) return null;
      if (!hasCode(error, "share-locked") || tries > 0) throw error;
    }
    await unlock(visitor, { ...entering, ask });
  }
}

async function unlock(
  visitor: Visitor,
  { values, env, signal, ask }: Entering & { ask: <T>(call: () => Promise<T>) => Promise<T> },
): Promise<void> {
  const mayAskAgain = process.stdin.isTTY && values.password === undefined;
  for (let tries = 1; ; tries += 1) {
    const password = await findLinkPassword(values, { env, signal });
    if (password === null)
      throw new UsageError("The link needs its password: --password=…, or SAMPAN_LINK_PASSWORD");
    try {
      await ask(() => visitor.unlock(password, { signal }));
      return;
    } catch (error) {
      const isWrong = hasCode(error, "share-locked");
      if (!isWrong || !mayAskAgain || tries >= MAX_TRIES) throw error;
      process.stderr.write("That is not the password.\n");
    }
  }
}
