import { describe, expect, it } from "vitest";
import type { NodeInPlace } from "@sampan/sdk";
import type { NodeListState } from "./node-list.ts";
import { rightsOf } from "./rights.ts";

const folder = (name: string, path: NodeInPlace["path"]): NodeInPlace => ({
  id: "f",
  kind: "folder",
  parentId: null,
  name,
  createdAt: "",
  modifiedAt: "",
  starred: false,
  tags: [],
  path,
  trashedAt: null,
});
const state = (change: Partial<NodeListState>): NodeListState => ({
  place: { kind: "folder", id: "f" },
  folder: null,
  grant: null,
  items: [],
  by: { sort: "name", order: "asc" },
  nextCursor: null,
  isLoaded: true,
  isLoading: false,
  failure: null,
  ...change,
});

describe("what one may do with what a list shows", () => {
  it("is everything with one's own", () => {
    const root = { id: "r", name: "" };
    for (const own of [folder("", []), folder("Letters", [root])])
      expect(rightsOf(state({ folder: own }))).toEqual({
        canAdd: true,
        canChange: true,
        isOwn: true,
      });
  });

  it("is what the share says in a folder of somebody else", () => {
    const others = folder("Below", [{ id: "s", name: "Shared" }]);
    const grant = (right: "view" | "edit") => ({ ownerName: "mei", right });
    const edit = rightsOf(state({ folder: others, grant: grant("edit") }));
    expect(edit).toEqual({ canAdd: true, canChange: true, isOwn: false });
    const nothing = { canAdd: false, canChange: false, isOwn: false };
    expect(rightsOf(state({ folder: others, grant: grant("view") }))).toEqual(nothing);
    expect(rightsOf(state({ folder: others }))).toEqual(nothing);
    expect(rightsOf(state({ folder: folder("Shared", []), grant: null }))).toEqual(nothing);
    expect(rightsOf(state({ place: { kind: "shared" } }))).toEqual(nothing);
  });
});
