import type { Client, Transport } from "@sampan/sdk";
import type { Navigation } from "../../places/navigation.ts";
import { toFailure } from "../../transfers/failure.ts";
import type { Text } from "../../text/text.tsx";
import type { Notices } from "../../ui/notices.ts";
import type { Toasts } from "../../ui/toasts.ts";
import type { NodeList } from "../node-list.ts";
import type { ServerInfoStore } from "../../session/server-info.ts";

export interface ActionParts {
  readonly client: Client;
  readonly transport: Transport;
  readonly files: NodeList;
  readonly usage: Pick<ServerInfoStore, "refresh">;
  readonly notices: Notices;
  readonly toasts: Toasts;
  readonly navigation: Navigation;
}

export type Attempt = <Result>(
  act: () => Promise<Result>,
  word: (text: Text, reason: string) => string,
) => Promise<Result | undefined>;

/** Does something; what does not work, a notice says. Undefined then. */
export function createAttempt({ notices }: Pick<ActionParts, "notices">): Attempt {
  return async (act, word) => {
    try {
      return await act();
    } catch (error) {
      const failure = toFailure(error);
      notices.show((text) => word(text, text.t.explain(failure, text.format)));
      return undefined;
    }
  };
}

/** The server takes a thousand ids at once. */
const MAX_IDS = 1_000;

export async function inThousands(
  ids: readonly string[],
  act: (some: readonly string[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < ids.length; start += MAX_IDS) {
    await act(ids.slice(start, start + MAX_IDS));
  }
}

export function idsOf(items: readonly { readonly id: string }[]): string[] {
  return items.map(({ id }) => id);
}
