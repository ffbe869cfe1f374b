import type { StoredFile } from "@sampan/sdk";
import { describe, expect, it } from "vitest";
import { mergeFiles } from "./merge.ts";
import { compareKeys, nameKey } from "./name-order.ts";

const fileOf = (name: string, id = `id of ${name}`): StoredFile => ({
  id,
  parentId: "root",
  name,
  size: 1,
  mediaType: null,
  digests: {},
  createdAt: "2026-01-01T00:00:00.000Z",
  modifiedAt: "2026-01-01T00:00:00.000Z",
  version: 1,
});
const namesOf = (files: readonly StoredFile[]): string[] => files.map(({ name }) => name);
const listing = (names: string[], more: { prefix?: string; nextCursor?: string | null } = {}) => ({
  items: names.map((name) => fileOf(name)),
  prefix: "",
  nextCursor: null,
  ...more,
});

describe("merging stored files into the list", () => {
  it("puts each where the server would list it, whatever its letter case", () => {
    const stored = ["Beta", "zeta", "alpha2", "ALPHA"].map((name) => fileOf(name));
    const merged = mergeFiles(listing(["alpha1", "gamma"]), stored);
    expect(namesOf(merged)).toEqual(["ALPHA", "alpha1", "alpha2", "Beta", "gamma", "zeta"]);
  });

  it("replaces what has the same name, in whatever case or composition", () => {
    const merged = mergeFiles(listing(["a", "u\u0308ber", "z"]), [fileOf("\u00dcber", "new")]);
    expect(merged.map(({ id }) => id)).toEqual(["id of a", "new", "id of z"]);
  });

  it("leaves out what the search does not show", () => {
    const stored = [fileOf("Photo 2"), fileOf("notes")];
    expect(namesOf(mergeFiles(listing([], { prefix: "pho" }), stored))).toEqual(["Photo 2"]);
  });

  it("leaves what lies beyond the loaded pages to its page", () => {
    const partly = listing(["a", "m"], { nextCursor: "next" });
    expect(namesOf(mergeFiles(partly, [fileOf("b"), fileOf("x")]))).toEqual(["a", "b", "m"]);
  });
});

describe("the order of names", () => {
  it("is that of code points: an emoji comes after every character of the basic plane", () => {
    const keys = ["😀", "\uffe5", "b", "a", "ab", "😀a"].map(nameKey).toSorted(compareKeys);
    expect(keys).toEqual(["a", "ab", "b", "\uffe5", "😀", "😀a"]);
  });
});
