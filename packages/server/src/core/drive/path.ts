/** Paths are names between slashes, for people and for dropped folders. Nodes know each other by id. */
import { CoreError } from "../errors.ts";
import { maxDepth } from "./node.ts";
import { parseName } from "./name.ts";

/** The names of a path; a slash at either end means nothing. Throws `name-refused`, also for an empty name in between; `too-deep`. */
export function parsePath(path: string): string[] {
  const inner = path.replace(/^\//, "").replace(/\/$/, "");
  if (inner === "") return [];
  const names = inner.split("/");
  if (names.length > maxDepth + 1) throw new CoreError("too-deep", { limit: maxDepth });
  return names.map(parseName);
}

/** Of the path of a file: the folders on the way, and its own name. Throws as `parsePath` does. */
export function parseFilePath(path: string): { folders: string[]; name: string } {
  const folders = parsePath(path);
  const name = folders.pop();
  if (name === undefined || path.endsWith("/"))
    throw new CoreError("name-refused", { name: "", reason: "empty" });
  return { folders, name };
}
