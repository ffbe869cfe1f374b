/** Sharing over the adapters that `compose.ts` opened. */
import type { AttemptLimiter } from "../core/accounts/attempts.ts";
import type { PasswordHasher } from "../core/accounts/password.ts";
import type { PeopleStore } from "../core/accounts/people-store.ts";
import type { Clock } from "../core/clock.ts";
import type { NodeStore } from "../core/drive/node-store.ts";
import { createEndUploads } from "../core/sharing/end-uploads.ts";
import { createManageShares } from "../core/sharing/manage.ts";
import { createNoteOpened } from "../core/sharing/note-opened.ts";
import { createSeal } from "../core/sharing/seal.ts";
import { createSharedEvents } from "../core/sharing/shared-events.ts";
import type { ShareStore } from "../core/sharing/share-store.ts";
import type { UploadLifecycle } from "../core/uploads/lifecycle.ts";
import { createVisits } from "../core/sharing/visit.ts";
import { askNow } from "../http/shared/still-allowed.ts";

export function composeSharing({
  shares,
  nodes,
  lifecycle,
  clock,
  people,
  passwordHasher: hasher,
  attemptLimiter: limiter,
  deriveKey,
  onCleanUpError,
}: {
  shares: ShareStore;
  nodes: NodeStore;
  lifecycle: Pick<UploadLifecycle, "abort">;
  clock: Clock;
  people: PeopleStore;
  passwordHasher: PasswordHasher;
  attemptLimiter: AttemptLimiter;
  deriveKey: (use: string) => Uint8Array;
  onCleanUpError: (error: unknown) => void;
}) {
  const seal = createSeal(deriveKey("sampan shares"));
  const endUploads = createEndUploads({ shares, lifecycle, onCleanUpError });
  const managed = { shares, nodes, people, hasher, seal, tellRevoked: askNow, endUploads, clock };
  return {
    sharedEvents: createSharedEvents({ shares, nodes, clock }),
    noteOpened: createNoteOpened({ shares, clock }),
    visits: createVisits({ shares, nodes, seal, hasher, limiter, clock }),
    manageShares: createManageShares(managed),
  };
}
