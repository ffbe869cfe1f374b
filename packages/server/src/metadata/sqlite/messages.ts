/** What crosses between the main thread and the writer. */
import type { WriteName } from "../stores/write-commands.ts";
import type { WireError } from "./wire-error.ts";

export interface WriterOptions {
  readonly file: string;
}

export interface WireCommand {
  readonly id: number;
  readonly name: WriteName;
  readonly input: unknown;
}

export type ToWriter =
  | { readonly kind: "commands"; readonly commands: WireCommand[] }
  | { readonly kind: "close" };

export type WireReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: WireError };

export type FromWriter =
  | { readonly kind: "ready" }
  /** Of one commit, with the accounts for whom it recorded events. */
  | { readonly kind: "replies"; readonly replies: WireReply[]; readonly concerned: string[] }
  /** The database must not be written to any more, or could not be opened. */
  | { readonly kind: "fatal"; readonly error: WireError }
  | { readonly kind: "closed" };
