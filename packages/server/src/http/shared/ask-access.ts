/** What is shared with somebody may be taken back while its bytes are on their way: then they end, as `still-allowed.ts` says. */
import type { FastifyRequest } from "fastify";
import type { DriveAccess, Right } from "../../core/drive/access.ts";
import { keepAsking, type StillAllowed } from "./still-allowed.ts";

/** Of a long list so many are asked about each time, from where it was left. */
const askedAtOnce = 64;

/** For what lies in somebody else's drive: in one's own, nobody takes the right back. */
export function keepAskingAccess(
  access: Pick<DriveAccess, "open">,
  {
    request,
    accountId,
    ids,
    right,
  }: { request: FastifyRequest; accountId: string; ids: readonly string[]; right: Right },
): void {
  const ask = askInTurn(ids, (id) => access.open({ accountId, id, right }));
  keepAsking(request.raw, { who: "share", ask });
}

export function askInTurn(
  ids: readonly string[],
  ask: (id: string) => Promise<unknown>,
): StillAllowed {
  let next = 0;
  return async () => {
    const some = ids.slice(next, next + askedAtOnce);
    next = next + askedAtOnce < ids.length ? next + askedAtOnce : 0;
    for (const id of some) await ask(id);
  };
}
