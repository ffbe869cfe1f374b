import { createClient } from "@sampan/sdk";
import { expect, test } from "vitest";
import { findShared, parseSharedPath } from "./shared-path.ts";

test.each([
  ["/photos/@ann", null],
  ["/@ann", null],
  ["./@ann", null],
  ["photos", null],
  ["@", { ownerName: null, top: null, rest: "" }],
  ["@/", { ownerName: null, top: null, rest: "" }],
  ["@ann", { ownerName: "ann", top: null, rest: "" }],
  ["@ann/", { ownerName: "ann", top: null, rest: "" }],
  ["@ann@example.org/Photos", { ownerName: "ann@example.org", top: "Photos", rest: "" }],
  ["@ann//Photos//2026/a.txt/", { ownerName: "ann", top: "Photos", rest: "2026/a.txt" }],
])("%j is %j", (path, shared) => {
  expect(parseSharedPath(path)).toEqual(shared);
});

const owns = (ownerName: string, id: string, name: string) => ({
  ownerName,
  right: "view",
  expiresAt: null,
  node: { id, name, kind: "folder" },
});

function clientOf(...items: object[]) {
  const transport = async () => Response.json({ items, nextCursor: null });
  return createClient({ url: "http://fake", transport });
}

const find = (path: string, client = clientOf()) =>
  findShared(client, { path, signal: new AbortController().signal });

test("names are compared as folders compare them, and an exact one wins", async () => {
  const client = clientOf(
    owns("ann", "1", "Photos"),
    owns("bob", "2", "photos"),
    owns("ann", "3", "Mu\u0308sli"),
    owns("ann", "4", "photos"),
  );
  expect(await find("@Ann/photos/2026", client)).toEqual({ id: "4", rest: "2026" });
  expect(await find("@ann/Photos", client)).toEqual({ id: "1", rest: "" });
  expect(await find("@ann/MÜSLI", client)).toEqual({ id: "3", rest: "" });
  expect(await find("@bob/PHOTOS", client)).toEqual({ id: "2", rest: "" });
});

test("of two with one name the id tells which", async () => {
  const client = clientOf(owns("ann", "1", "Photos"), owns("ann", "2", "Photos"));
  await expect(find("@ann/Photos", client)).rejects.toMatchObject({ code: "ambiguous" });
  expect(await find("@ann/2/x", client)).toEqual({ id: "2", rest: "x" });
});

test.each(["@", "@ann", "@ann/Photos"])("%j is nothing to be found", async (path) => {
  await expect(find(path)).rejects.toMatchObject({ code: "node-not-found" });
});
