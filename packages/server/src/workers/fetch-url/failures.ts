/** What undici, the resolver and the operating system say of a request that brought no answer, in our words. */
import { errors } from "undici";
import type { FetchFailureCode } from "../../core/fetches/fetch.ts";
import { RemoteFailure } from "../../core/fetches/remote.ts";
import { AddressRefused } from "./guarded-connector.ts";

interface Reading {
  readonly fits: (error: Error, code: string) => boolean;
  readonly code: FetchFailureCode;
  readonly detail: string;
  readonly mayPass: boolean;
}

/** The first that fits is meant. */
const readings: readonly Reading[] = [
  {
    fits: (error) => error instanceof AddressRefused,
    code: "address-refused",
    detail: "the host is not a public address",
    mayPass: false,
  },
  {
    fits: ({ name }) => name === "AbortError" || name === "TimeoutError",
    code: "cut",
    detail: "stopped before the remote answered",
    mayPass: true,
  },
  {
    fits: (error, code) =>
      error instanceof errors.ConnectTimeoutError ||
      error instanceof errors.HeadersTimeoutError ||
      code === "ETIMEDOUT",
    code: "timed-out",
    detail: "the remote took too long to answer",
    mayPass: true,
  },
  {
    fits: (error) =>
      error instanceof errors.HeadersOverflowError || error instanceof errors.HTTPParserError,
    code: "bad-response",
    detail: "the remote does not speak proper HTTP",
    mayPass: false,
  },
  {
    fits: (_error, code) => /^(ENOTFOUND|EAI_AGAIN|ENODATA)$/.test(code),
    code: "name-not-found",
    detail: "the host's name could not be resolved",
    mayPass: true,
  },
  {
    fits: (_error, code) => /^ERR_(TLS|SSL)_|CERT|SIGNATURE|ISSUER/.test(code),
    code: "tls-failed",
    detail: "no trusted connection to the remote",
    mayPass: false,
  },
  {
    fits: (error, code) => error instanceof errors.SocketError || /^E[A-Z]+$/.test(code),
    code: "unreachable",
    detail: "the connection to the remote failed",
    mayPass: true,
  },
];

/** A `RemoteFailure`, or the error itself where nobody knows what it means. */
export function translateFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  // Each address of the host failed in its own way.
  if (error instanceof AggregateError && error.errors.length > 0)
    return translateFailure(error.errors[0]);
  const { code: word = "" } = error as NodeJS.ErrnoException;
  const reading = readings.find(({ fits }) => fits(error, word));
  if (!reading) return error;
  const { code, detail, mayPass } = reading;
  return new RemoteFailure(code, { detail, mayPass, cause: error });
}
