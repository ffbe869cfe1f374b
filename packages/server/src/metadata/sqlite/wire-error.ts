/** Errors between the writer's thread and the main one: structured clone would drop class, code and facts. */
import { CoreError, isCoreError } from "../../core/errors.ts";
import type { ErrorCode, ErrorFacts } from "../../core/errors.ts";

export type WireError =
  | { readonly kind: "core"; readonly code: ErrorCode; readonly facts: ErrorFacts[ErrorCode] }
  | {
      readonly kind: "other";
      readonly message: string;
      readonly stack: string;
      readonly code: string | null;
      readonly errcode: number | null;
      readonly cause: WireError | null;
    };

/** A fault of the database: `errcode` is SQLite's extended result code, where there is one. */
export class MetadataFault extends Error {
  override readonly name = "MetadataFault";
  readonly code: string | null;
  readonly errcode: number | null;

  constructor(
    message: string,
    options: ErrorOptions & { code: string | null; errcode: number | null },
  ) {
    super(message, options);
    this.code = options.code;
    this.errcode = options.errcode;
  }
}

export function toWireError(error: unknown): WireError {
  if (isCoreError(error)) return { kind: "core", code: error.code, facts: error.facts };
  const { message, stack = "", cause } = error instanceof Error ? error : new Error(String(error));
  return {
    kind: "other",
    message,
    stack,
    code: readString(error, "code"),
    errcode: readNumber(error, "errcode"),
    cause: cause === undefined ? null : toWireError(cause),
  };
}

export function fromWireError(wire: WireError): Error {
  if (wire.kind === "core") return new CoreError(wire.code, wire.facts);
  const cause = new Error(wire.message);
  cause.stack = wire.stack;
  if (wire.cause !== null) cause.cause = fromWireError(wire.cause);
  const { code, errcode } = firstCoded(wire);
  return new MetadataFault(wire.message, { code, errcode, cause });
}

/** What SQLite said may be the reason of what was reported. */
function firstCoded(wire: WireError): { code: string | null; errcode: number | null } {
  if (wire.kind === "core") return { code: wire.code, errcode: null };
  if (wire.code !== null || wire.cause === null) return wire;
  return firstCoded(wire.cause);
}

function readString(error: unknown, key: string): string | null {
  const value: unknown = error instanceof Error ? Reflect.get(error, key) : undefined;
  return typeof value === "string" ? value : null;
}

function readNumber(error: unknown, key: string): number | null {
  const value: unknown = error instanceof Error ? Reflect.get(error, key) : undefined;
  return typeof value === "number" ? value : null;
}
