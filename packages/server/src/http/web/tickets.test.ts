import { describe, expect, it } from "vitest";
import { createTickets } from "./tickets.ts";

const id = "0198c0de-0000-7000-8000-000000000001";

describe("download tickets", () => {
  it("open what they were issued for, until they expire", () => {
    let now = 1_000;
    const tickets = createTickets({ now: () => now });
    const ticket = tickets.issue(id);
    expect(tickets.redeem(ticket)).toBe(id);
    now += 60 * 60 * 1000 - 1;
    expect(tickets.redeem(ticket)).toBe(id);
    now += 1;
    expect(tickets.redeem(ticket)).toBeUndefined();
  });

  it("are refused with another id, another expiry, another key or another shape", () => {
    const tickets = createTickets({ now: () => 1_000 });
    const ticket = tickets.issue(id);
    const [, expiry = "", mac = ""] = ticket.split(".");
    const forged = [
      `${id.replace("1", "2")}.${expiry}.${mac}`,
      `${id}.${Number(expiry) + 1}.${mac}`,
      createTickets({ now: () => 1_000 }).issue(id),
      `${id}.${expiry}`,
      `${ticket}A`,
      "",
    ];
    for (const wrong of forged) expect(tickets.redeem(wrong), wrong).toBeUndefined();
  });

  it("die together when they are revoked", () => {
    const tickets = createTickets({ now: () => 1_000 });
    const ticket = tickets.issue(id);
    tickets.revokeAll();
    expect(tickets.redeem(ticket)).toBeUndefined();
    expect(tickets.redeem(tickets.issue(id))).toBe(id);
  });
});
