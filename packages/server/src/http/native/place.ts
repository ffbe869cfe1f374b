/** What a request calls its file: a name, or a path below its folder. */

/** Names are checked where they are used. Undefined unless there is exactly one of the two. */
export function splitPlace({
  name,
  path,
}: {
  name?: string | undefined;
  path?: string | undefined;
}): { folders: string[]; name: string } | undefined {
  if ((name === undefined) === (path === undefined)) return undefined;
  const folders = path === undefined ? [] : path.split("/");
  return { folders, name: name ?? folders.pop()! };
}
