/**
 * What let a request in may be taken away while its body or its answer is on its way: the session ended, the token revoked, the account
 * disabled, the link revoked. Whoever lets a request in says here how to ask again (`keepAsking`), as many as have a say. Whoever moves its
 * bytes listens (`whileAllowed`), and ends it when one of them refuses.
 *
 * Asked are only the requests that move bytes at that moment: every two seconds, and at once when something was revoked in this process
 * (`askNow`). A request that is done sooner costs an entry in a set. No chunk asks anything.
 */
import type { IncomingMessage } from "node:http";
import { asError } from "../../core/errors.ts";

/** Rejects with the refusal that a new request of this kind would meet. Must be cheap: a read by key. */
export type StillAllowed = () => Promise<void>;

const everyMs = 2_000;

const questions = new WeakMap<IncomingMessage, Map<string, StillAllowed>>();
const watches = new Set<Watch>();
let timer: NodeJS.Timeout | undefined;

interface Watch {
  readonly request: IncomingMessage;
  readonly onRefused: (refusal: Error) => void;
  /** `again`: something was revoked after the question was asked. */
  asking: "no" | "once" | "again";
}

/** `who` has a say in this request: `ask` replaces what the same one said before. */
export function keepAsking(
  request: IncomingMessage,
  { who, ask }: { who: string; ask: StillAllowed },
): void {
  const asked = questions.get(request);
  if (asked) asked.set(who, ask);
  else questions.set(request, new Map([[who, ask]]));
}

/** Calls `onRefused` once, as soon as the request would be refused; no more after what is returned was called. */
export function whileAllowed(
  request: IncomingMessage,
  onRefused: (refusal: Error) => void,
): () => void {
  const watch: Watch = { request, onRefused, asking: "no" };
  watches.add(watch);
  timer ??= setInterval(askNow, everyMs).unref();
  return () => stop(watch);
}

/** Something was revoked: every request that is on its way is asked about. */
export function askNow(): void {
  for (const watch of watches) void askAbout(watch);
}

function stop(watch: Watch): void {
  watches.delete(watch);
  if (watches.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

async function askAbout(watch: Watch): Promise<void> {
  if (watch.asking !== "no") {
    watch.asking = "again";
    return;
  }
  try {
    do {
      watch.asking = "once";
      // Looked up each time: a form names its user while its body is being read.
      for (const ask of questions.get(watch.request)?.values() ?? []) await ask();
    } while (isAskedAgain(watch));
    watch.asking = "no";
  } catch (refusal) {
    // A question that fails is as good as one that is refused: whoever comes anew would not get in either.
    if (!watches.has(watch)) return;
    stop(watch);
    watch.onRefused(asError(refusal));
  }
}

/** Others set it while the questions were being answered. */
function isAskedAgain({ asking }: Watch): boolean {
  return asking === "again";
}
