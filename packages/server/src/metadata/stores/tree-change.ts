import type { Actor } from "../../core/events.ts";

/** In whose drive, who did it, and when. */
export interface TreeChange {
  readonly ownerId: string;
  readonly actor: Actor;
  readonly now: number;
}
