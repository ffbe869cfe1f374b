/** What is taken back reaches what is on its way through it: downloads, archives and bodies, of visitors and of named accounts. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { contentOf } from "../../core/testing/sources.ts";
import { openRaw, type RawConnection } from "../testing/raw.ts";
import { formatHead, type Ask } from "../testing/server.ts";
import { codeOf, startSharing, type MadeShare, type SharingWorld } from "../testing/sharing.ts";

let world: SharingWorld;
const mebibyte = 1024 * 1024;
/** More than both ends of a connection hold. */
const large = 48 * mebibyte;
const whole = Buffer.alloc(large, contentOf(1, mebibyte));

beforeAll(async () => {
  world = await startSharing();
});
afterEach(() => expect(world.server.log).toEqual([]));
afterAll(() => world[Symbol.asyncDispose]());

interface Shared {
  readonly share: MadeShare;
  readonly top: string;
  readonly file: string;
}

let made = 0;
const prepare = async (share: (top: string) => Promise<MadeShare>): Promise<Shared> => {
  const top = await world.folder(`midway ${++made}`);
  const file = await world.put("large.bin", { parentId: top, body: whole });
  return { top, file, share: await share(top) };
};
const linked = () => prepare((nodeId) => world.share({ kind: "link", nodeId }));
const granted = (right: "view" | "edit" = "view") =>
  prepare((nodeId) => world.withBob(nodeId, right));

/** Reads a little, and no more until the end. */
const download = async (path: string, token: string | null): Promise<RawConnection> => {
  const connection = await openRaw(world.server.port);
  const started = new Promise((resolve) => connection.socket.once("data", resolve));
  await connection.write(formatHead({ path, token }, ""));
  await started;
  connection.socket.pause();
  return connection;
};
const expectCut = async (connection: RawConnection, waitMs: number): Promise<void> => {
  // Nothing is read until the cut has had its time, or the whole would have come.
  await sleep(waitMs);
  connection.socket.resume();
  await connection.closed;
  expect(connection.socket.bytesRead).toBeLessThan(large);
};
const expectWhole = async (connection: RawConnection): Promise<void> => {
  await sleep(2_500);
  connection.socket.resume();
  expect((await connection.answer())?.body.length).toBe(large);
};

const change = ({ share }: Shared, json: Record<string, unknown>) =>
  world.ann.ask({ method: "PATCH", path: `/shares/${share.id}`, json });
const past = () => new Date(Date.now() - 1).toISOString();
/** At once where a request to this server takes it away; within the time between two questions where the clock or another right does. */
const atOnceMs = 500;
const soonMs = 3_000;
type End = (shared: Shared) => Promise<unknown>;
const ends: [string, End, number][] = [
  ["the share is revoked", ({ share }) => world.revoke(share), atOnceMs],
  ["the share has expired", (shared) => change(shared, { expiresAt: past() }), atOnceMs],
  [
    "its time comes",
    (shared) => change(shared, { expiresAt: new Date(Date.now() + 500).toISOString() }),
    soonMs,
  ],
  [
    "what is shared is trashed",
    ({ top }) => world.ann.ask({ method: "DELETE", path: `/nodes/${top}` }),
    soonMs,
  ],
  [
    "the file is moved out of it",
    ({ file }) =>
      world.ann.ask({
        method: "PATCH",
        path: `/nodes/${file}`,
        json: { parentId: "root", name: `moved-${file}.bin` },
      }),
    soonMs,
  ],
  ["its owner is disabled", () => world.setAnnDisabled(true), atOnceMs],
];
const linkEnds: [string, End, number][] = [
  ...ends,
  ["it gets a password", (shared) => change(shared, { password: "a secret" }), atOnceMs],
  ["it is for looking only", (shared) => change(shared, { previewOnly: true }), atOnceMs],
];

describe("a download through a link", () => {
  it.each(linkEnds)("is cut when %s", async (what, end, waitMs) => {
    const shared = await linked();
    const path = `${shared.share.at}/content/${shared.file}`;
    await using connection = await download(path, null);
    await end(shared);
    await expectCut(connection, waitMs);
    if (what.endsWith("disabled")) await world.setAnnDisabled(false);
  });

  it("is cut when the link is revoked: a ZIP", async () => {
    const shared = await linked();
    await using connection = await download(`${shared.share.at}/zip`, null);
    await world.revoke(shared.share);
    await expectCut(connection, atOnceMs);
  });

  it("comes whole when another link to it is revoked, and when it was the last that was allowed", async () => {
    const shared = await linked();
    const other = await world.share({ kind: "link", nodeId: shared.top });
    await change(shared, { maxDownloads: 1 });
    const path = `${shared.share.at}/content/${shared.file}`;
    await using connection = await download(path, null);
    await world.revoke(other);
    expect(codeOf(await world.visit({ path }))).toBe("410 downloads-spent");
    await expectWhole(connection);
  });
});

describe("a download of what is shared with an account", () => {
  it.each(ends)("is cut when %s", async (what, end, waitMs) => {
    const shared = await granted();
    const path = `/files/${shared.file}/content`;
    await using connection = await download(path, world.bob.accessToken);
    await end(shared);
    await expectCut(connection, waitMs);
    if (what.endsWith("disabled")) await world.setAnnDisabled(false);
  });

  it("is cut when the share is revoked: a ZIP, and what the browser fetches by a ticket", async () => {
    const shared = await granted();
    const { accessToken } = world.bob;
    const ticket = await fetch(`http://127.0.0.1:${world.server.port}/api/web/downloads`, {
      method: "POST",
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
      body: JSON.stringify({ fileId: shared.file }),
    });
    const { url } = (await ticket.json()) as { url: string };
    await using zip = await download(`/archive?ids=${shared.top}`, accessToken);
    // Back from below /api/v1, which `download` adds.
    await using byTicket = await openRaw(world.server.port);
    const head = `GET ${url} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
    const started = new Promise((resolve) => byTicket.socket.once("data", resolve));
    await byTicket.write(head);
    await started;
    byTicket.socket.pause();
    await world.revoke(shared.share);
    await Promise.all([expectCut(zip, atOnceMs), expectCut(byTicket, atOnceMs)]);
    await using late = await openRaw(world.server.port);
    await late.write(head);
    expect((await late.answer())?.status).toBe(404);
  });

  it("comes whole when another share still allows it", async () => {
    const shared = await granted();
    await world.share({ kind: "user", nodeId: shared.file, name: "bob", right: "view" });
    await using connection = await download(`/files/${shared.file}/content`, world.bob.accessToken);
    await world.revoke(shared.share);
    await expectWhole(connection);
  });
});

describe("a body on its way", () => {
  const begin = async (ask: Ask): Promise<RawConnection> => {
    const connection = await openRaw(world.server.port);
    await connection.write(formatHead({ ...ask, body: whole }, ""));
    await connection.write(whole.subarray(0, 3 * mebibyte));
    await sleep(300);
    return connection;
  };

  it("through a file request is refused when that is revoked, and leaves nothing", async () => {
    const nodeId = await world.folder("cut inbox");
    const before = await world.used(world.ann);
    const share = await world.share({ kind: "request", nodeId });
    const path = `${share.at}/files/cut.bin`;
    await using connection = await begin({ method: "PUT", path, token: null });
    await world.revoke(share);
    const answer = await connection.answer();
    expect(answer && codeOf(answer)).toBe("404 shared-link-not-found");
    expect(await world.namesIn(nodeId)).toEqual([]);
    await expect.poll(() => world.used(world.ann)).toEqual(before);
  });

  it("of a part through a file request is refused when that is revoked", async () => {
    const nodeId = await world.folder("cut part");
    const share = await world.share({ kind: "request", nodeId });
    const json = { name: "cut.bin", size: large, partSize: large };
    const begun = await world.visit({ method: "POST", path: `${share.at}/uploads`, json });
    const path = `${share.at}/uploads/${String(begun.json()["id"])}/parts/0`;
    await using connection = await begin({ method: "PUT", path, token: null });
    await world.revoke(share);
    expect((await connection.answer())?.status).toBeGreaterThanOrEqual(404);
    expect(await world.namesIn(nodeId)).toEqual([]);
  });

  it("into a shared folder is refused when the share is for looking only now", async () => {
    const shared = await granted("edit");
    const path = `/files/cut.bin?parentId=${shared.top}`;
    await using connection = await begin({ method: "PUT", path, token: world.bob.accessToken });
    await change(shared, { right: "view" });
    const answer = await connection.answer();
    expect(answer && codeOf(answer)).toBe("403 share-right-missing");
    expect(await world.namesIn(shared.top)).toEqual(["large.bin"]);
  });
});
