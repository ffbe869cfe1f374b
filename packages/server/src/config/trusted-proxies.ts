/** Addresses and networks of proxies, as a list or as text with commas. */
import { isIP } from "node:net";
import { z } from "zod";

export const trustedProxies = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(","))])
  .transform((list) => list.map((one) => one.trim()).filter((one) => one !== ""))
  .superRefine((list, context) => {
    for (const one of list) {
      const reason = wrongWith(one);
      if (reason !== undefined) context.addIssue(`${JSON.stringify(one)} ${reason}`);
    }
  });

function wrongWith(text: string): string | undefined {
  const [, address = "", bits] = /^([^/]*)(?:\/([0-9]{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  if (family === 0 || address.includes("%"))
    return "is no address and no network (10.0.0.1, 10.0.0.0/8, fd00::/8)";
  if (bits === undefined) return undefined;
  if (Number(bits) > (family === 4 ? 32 : 128)) return "has more bits than an address";
  return Number(bits) === 0 ? "would believe everybody" : undefined;
}
