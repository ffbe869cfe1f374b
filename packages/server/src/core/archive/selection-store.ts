/** The persistence port of kept selections. Every method is one transaction; one that returns has committed durably. */
import type { Chosen } from "./node-source.ts";

export interface Selection extends Chosen {
  readonly name: string;
}

export interface KeptSelection extends Selection {
  readonly id: string;
  readonly expiresAt: number;
}

export interface SelectionStore {
  /** Of the account's, the ones that expire first make room when there are more than `max` of them, or more than `maxIds` ids in all. The new one stays. */
  keep(input: { selection: KeptSelection; max: number; maxIds: number }): Promise<void>;
  /** Expired or not. */
  find(id: string): Promise<KeptSelection | undefined>;
  extend(input: { id: string; expiresAt: number }): Promise<void>;
  /** Removes what has expired; how many. */
  purge(input: { now: number; limit: number }): Promise<number>;
}
