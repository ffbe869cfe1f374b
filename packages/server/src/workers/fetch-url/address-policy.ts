/**
 * Which addresses the server connects to on a user's behalf: globally routable unicast, and never itself. Everything else is refused:
 * loopback, private, link-local (where clouds keep their metadata), shared, multicast and reserved ranges, and IPv6 forms that
 * carry an IPv4 address past such a check (mapped, compatible, translated, 6to4, Teredo).
 */
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";

export type AllowsAddress = (address: string) => boolean;

/** IANA has given out global unicast addresses from here only (RFC 4291 §2.4 and its registry). */
const globalUnicast = ipaddr.parseCIDR("2000::/3") as [ipaddr.IPv6, number];

export function createAddressPolicy({
  ownAddresses = listOwnAddresses,
}: { ownAddresses?: () => readonly string[] } = {}): AllowsAddress {
  return (text) => {
    // Strict: the four-part form only, no octal, no shorthand, and no zone.
    if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return false;
    const address = ipaddr.parse(text);
    if (address.range() !== "unicast") return false;
    if (address instanceof ipaddr.IPv6 && !address.match(globalUnicast)) return false;
    const normal = address.toNormalizedString();
    return !ownAddresses().some((own) => normalForm(own) === normal);
  };
}

/** Whether the URL's host is an address that is not connected to. What a name means is seen when it is resolved. */
export function refusesHost({ hostname }: URL, allows: AllowsAddress): boolean {
  const host = bareHost(hostname);
  return isIP(host) !== 0 && !allows(host);
}

/** As in a URL, without the brackets of IPv6. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

/** A public address of this machine leads behind its firewall, to whatever listens there. */
function listOwnAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address),
  );
}

function normalForm(text: string): string | undefined {
  const bare = text.replace(/%.*$/, "");
  return ipaddr.isValid(bare) ? ipaddr.parse(bare).toNormalizedString() : undefined;
}
