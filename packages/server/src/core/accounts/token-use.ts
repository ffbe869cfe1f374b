/** When API tokens were last used, to the hour: a write for each request would cost more than the request. */
import type { Clock } from "../clock.ts";
import type { TokenHolder } from "./account-store.ts";
import type { TokenStore } from "./people-store.ts";

export interface TokenUse {
  note(holder: Pick<TokenHolder, "tokenId" | "usedAt">): void;
  /** Writes down what was noted. */
  flush(): Promise<void>;
}

const coarseMs = 3_600_000;

export function createTokenUse({
  people,
  clock,
}: {
  people: Pick<TokenStore, "touchTokens">;
  clock: Clock;
}): TokenUse {
  const noted = new Set<string>();
  return {
    note({ tokenId, usedAt }) {
      if (usedAt === null || usedAt + coarseMs <= clock.now()) noted.add(tokenId);
    },
    async flush() {
      if (noted.size === 0) return;
      const ids = [...noted];
      noted.clear();
      await people.touchTokens({ ids, now: clock.now() });
    },
  };
}
