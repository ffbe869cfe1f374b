/**
 * Connects to allowed addresses only. A host that is an address is checked as it stands. A name is resolved here, once, and what is
 * connected to is what was checked: a name that means something else a moment later (DNS rebinding) changes nothing. The peer of the
 * finished connection is looked at once more before a byte is sent.
 */
import { lookup as lookUpName } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { callbackify } from "node:util";
import { buildConnector } from "undici";
import { bareHost, type AllowsAddress } from "./address-policy.ts";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export type ResolveName = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** The name means no address that may be connected to. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

export const resolveBySystem: ResolveName = (hostname) => lookUpName(hostname, { all: true });

export function createGuardedConnector({
  allows,
  resolve,
  timeoutMs,
}: {
  allows: AllowsAddress;
  resolve: ResolveName;
  timeoutMs: number;
}): buildConnector.connector {
  const resolveAllowed = async (hostname: string): Promise<ResolvedAddress[]> => {
    const found = await resolve(hostname);
    const allowed = found.filter(({ address }) => allows(address));
    if (allowed.length === 0) throw new AddressRefused(`${hostname} is not a public address`);
    return allowed.map(({ address, family }) => ({ address, family }));
  };
  // With `autoSelectFamily` Node asks for all addresses, and tries them in turn.
  const lookup = callbackify(resolveAllowed) as unknown as LookupFunction;
  const connect = buildConnector({
    timeout: timeoutMs,
    lookup,
    autoSelectFamily: true,
    allowH2: false,
    maxCachedSessions: 0,
  });

  return (options, callback) => {
    // The system connects to an address without asking for it to be resolved.
    if (isIP(bareHost(options.hostname)) !== 0 && !allows(bareHost(options.hostname))) {
      callback(new AddressRefused(`${options.hostname} is not a public address`), null);
      return;
    }
    connect(options, (...[error, socket]) => {
      if (error) {
        callback(error, null);
      } else if (!allows(socket.remoteAddress ?? "")) {
        socket.destroy();
        callback(new AddressRefused(`${options.hostname} is not a public address`), null);
      } else {
        callback(null, socket);
      }
    });
  };
}
