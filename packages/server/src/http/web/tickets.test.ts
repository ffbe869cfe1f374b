import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createTickets } from "./tickets.ts";

const id = "0198c0de-0000-7000-8000-000000000001";
const sameKey = randomBytes(32);
const open = ({ now = (): number => 1_000, key = sameKey } = {}) =>
  createTickets({ clock: { now }, key });
const ticketOf = { id, via: { kind: "session", sessionId: "s1" } } as const;

describe("download tickets", () => {
  it("open what they were issued for, until they expire", () => {
    let now = 1_000;
    const tickets = open({ now: () => now });
    const ticket = tickets.issue(ticketOf);
    expect(tickets.redeem(ticket)).toEqual(ticketOf);
    now += 60 * 60 * 1000 - 1;
    expect(tickets.redeem(ticket)).toEqual(ticketOf);
    now += 1;
    expect(tickets.redeem(ticket)).toBeUndefined();
  });

  it("are refused with another id, another expiry, another key or another shape", () => {
    const tickets = open();
    const ticket = tickets.issue(ticketOf);
    const [, , , expiry = "", mac = ""] = ticket.split(".");
    const forged = [
      `${id.replace("1", "2")}.session.s1.${expiry}.${mac}`,
      `${id}.session.s2.${expiry}.${mac}`,
      `${id}.token.s1.${expiry}.${mac}`,
      `${id}.session.s1.${Number(expiry) + 1}.${mac}`,
      open({ key: randomBytes(32) }).issue(ticketOf),
      `${id}.${expiry}`,
      `${ticket}A`,
      "",
    ];
    for (const wrong of forged) expect(tickets.redeem(wrong), wrong).toBeUndefined();
  });

  it("say by which token they were asked for", () => {
    const tickets = open();
    const asked = { id, via: { kind: "token", tokenId: "t1" } } as const;
    expect(tickets.redeem(tickets.issue(asked))).toEqual(asked);
  });

  it("are good for another server with the same key", () => {
    expect(open().redeem(open().issue(ticketOf))).toEqual(ticketOf);
  });
});
