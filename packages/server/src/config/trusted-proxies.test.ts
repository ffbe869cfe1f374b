import { expect, it } from "vitest";
import { trustedProxies } from "./trusted-proxies.ts";

it("is a list, or text with commas", () => {
  const list = ["127.0.0.1", "10.0.0.0/8", "fd00::/8", "::1"];
  expect(trustedProxies.parse(list)).toEqual(list);
  expect(trustedProxies.parse(" 127.0.0.1, 10.0.0.0/8,fd00::/8 ,::1,")).toEqual(list);
  expect(trustedProxies.parse("")).toEqual([]);
});

it.each(["true", "*", "proxy.example", "10.0.0.0/33", "10.0.0.0/-1", "10/8", "fe80::1%eth0"])(
  "refuses what is no address and no network: %s",
  (text) => expect(trustedProxies.safeParse(text).success).toBe(false),
);

it.each(["0.0.0.0/0", "127.0.0.1,::/0"])("refuses to believe everybody: %s", (text) => {
  const parsed = trustedProxies.safeParse(text);
  expect(parsed.error?.issues[0]?.message).toContain("believe everybody");
});
