import type { Actor, BusinessEvent } from "../events.ts";
import type { Fetch } from "../fetches/fetch.ts";

interface Happening {
  readonly fetch: Fetch;
  readonly actor: Actor;
  readonly at: number;
}

export function fetchCreated(happening: Happening): BusinessEvent {
  return eventOf("fetch.created", happening);
}

export function fetchCancelled(happening: Happening): BusinessEvent {
  return eventOf("fetch.cancelled", happening);
}

export function fetchCompleted(happening: Happening): BusinessEvent {
  const { fileId, parentId, receivedBytes: size } = happening.fetch;
  return eventOf("fetch.completed", { ...happening, more: { fileId, parentId, size } });
}

export function fetchFailed(happening: Happening): BusinessEvent {
  const reason = happening.fetch.failure?.code ?? null;
  return eventOf("fetch.failed", { ...happening, more: { reason } });
}

/** The host only: what stands behind it in a URL may be a secret. */
function eventOf(
  kind: BusinessEvent["kind"],
  { fetch, actor, at, more = {} }: Happening & { more?: BusinessEvent["data"] },
): BusinessEvent {
  const { id: subjectId, ownerId: accountId, url, name } = fetch;
  const data = { host: new URL(url).host, name, ...more };
  return { kind, accountId, actor, subjectId, data, at };
}
