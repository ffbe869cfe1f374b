import { describe, expect, it } from "vitest";
import type { Share } from "@sampan/sdk";
import { endOfDay, newShareOf, readLimits, toDay } from "./limits.ts";

const form = (fields: Record<string, string>): FormData => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
};
const share = { expiresAt: "2026-05-04T10:11:12.000Z" } as Share;

describe("the limits of a link", () => {
  it("end with the day that was chosen, wherever one is", () => {
    const end = endOfDay("2026-12-31");
    expect(toDay(end)).toBe("2026-12-31");
    expect(new Date(end ?? "").getHours()).toBe(23);
    expect(endOfDay("")).toBeNull();
  });

  it("are none where nothing was filled in", () => {
    const limits = readLimits(form({ ends: "", downloads: "" }), { kind: "link", share: null });
    expect(limits).toEqual({ expiresAt: null, maxDownloads: null, previewOnly: false });
  });

  it("leave the password and the hour of the end alone unless they are touched", () => {
    const same = { ends: toDay(share.expiresAt), downloads: "3", password: "" };
    expect(readLimits(form(same), { kind: "link", share })).toEqual({
      maxDownloads: 3,
      previewOnly: false,
    });
    expect(readLimits(form({ ...same, noPassword: "on" }), { kind: "link", share })).toMatchObject({
      password: null,
    });
  });

  it("refuse what is no number, and a password that is too short", () => {
    const read = (fields: Record<string, string>) =>
      readLimits(form(fields), { kind: "link", share: null });
    for (const downloads of ["0", "-1", "1.5", "many"])
      expect(read({ downloads })).toMatchObject({ code: "number-refused" });
    expect(read({ password: "12345" })).toMatchObject({ code: "share-password-short" });
    const request = readLimits(form({ maxSize: "x" }), { kind: "request", share: null });
    expect(request).toMatchObject({ code: "number-refused" });
  });

  it("become a new share of their kind", () => {
    const limits = readLimits(form({ maxSize: "2", password: "a secret" }), {
      kind: "request",
      share: null,
    });
    expect("code" in limits).toBe(false);
    if ("code" in limits) return;
    expect(newShareOf({ kind: "request", limits, item: { id: "n" } })).toEqual({
      kind: "request",
      nodeId: "n",
      expiresAt: null,
      maxBytes: 2e9,
      password: "a secret",
    });
  });
});
