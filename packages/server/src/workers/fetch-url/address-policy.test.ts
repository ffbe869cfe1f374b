import { describe, expect, it } from "vitest";
import { createAddressPolicy } from "./address-policy.ts";
import { createRemote } from "./remote.ts";

const allows = createAddressPolicy({ ownAddresses: () => ["198.41.0.4", "2001:500:2::c%eth0"] });

describe("which addresses are connected to", () => {
  it.each([
    ["0.0.0.0", "this host"],
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["169.254.169.254", "cloud metadata"],
    ["100.64.0.1", "shared"],
    ["192.0.0.1", "reserved"],
    ["192.0.2.1", "documentation"],
    ["198.18.0.1", "benchmarking"],
    ["224.0.0.1", "multicast"],
    ["240.0.0.1", "reserved"],
    ["255.255.255.255", "broadcast"],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "mapped"],
    ["::ffff:8.8.8.8", "mapped, though public: a peer is looked at in its own form"],
    ["::127.0.0.1", "compatible"],
    ["64:ff9b::7f00:1", "translated"],
    ["64:ff9b::808:808", "translated"],
    ["64:ff9b:1::1", "translated, local"],
    ["2002:7f00:1::", "6to4"],
    ["2001:0:4136:e378::", "Teredo"],
    ["2001:db8::1", "documentation"],
    ["fe80::1", "link-local"],
    ["fec0::1", "site-local"],
    ["fc00::1", "unique local"],
    ["fd12:3456::1", "unique local"],
    ["ff02::1", "multicast"],
    ["4000::1", "not given out"],
    ["5f00::1", "segment routing"],
    ["198.41.0.4", "the server itself"],
    ["2001:500:2::c", "the server itself"],
    ["", "nothing"],
    ["127.1", "shorthand"],
    ["0x7f.1", "hexadecimal"],
    ["2130706433", "one number"],
    ["010.0.0.1", "octal"],
    ["example.org", "a name"],
  ])("refuses %s (%s)", (address) => {
    expect(allows(address)).toBe(false);
  });

  it.each(["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])(
    "allows %s",
    (address) => {
      expect(allows(address)).toBe(true);
    },
  );

  it.each([
    "http://127.1/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1:8080/",
    "http://①②⑦.0.0.1/",
  ])("knows %s for what it is", (url) => {
    expect(createRemote({ userAgent: "test" }).refuses(new URL(url))).toBe(true);
  });

  it("leaves names to the connection", () => {
    const remote = createRemote({ userAgent: "test" });
    expect(remote.refuses(new URL("http://localhost/"))).toBe(false);
    expect(remote.refuses(new URL("http://8.8.8.8/"))).toBe(false);
  });
});
