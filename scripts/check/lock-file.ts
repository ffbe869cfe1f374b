import { isRecord } from "../shared/results.ts";

/** What would make `npm ci` fail, or behave differently, on another machine. One line each. */
export function findLockFileProblems(lockText: string): string[] {
  const packages = parsePackages(lockText);
  return Object.entries(packages).flatMap(([path, entry]) => [
    ...findHost(path, entry),
    ...findAbsentOptionals(packages, { path, entry }),
  ]);
}

type Packages = Record<string, Record<string, unknown>>;

/** A host would bind every clone to one person's registry. */
function findHost(path: string, { resolved }: Packages[string]): string[] {
  const isNamed = typeof resolved === "string" && /^https?:/.test(resolved);
  return isNamed ? [`${path} names the registry host it came from`] : [];
}

/**
 * npm leaves out a build for another platform which it did not find, without a word, and then
 * `npm ci` refuses the whole lock file. The cure is a version whose builds are all published.
 */
function findAbsentOptionals(
  packages: Packages,
  { path, entry }: { path: string; entry: Packages[string] },
): string[] {
  const { optionalDependencies } = entry;
  if (!isRecord(optionalDependencies)) return [];
  const absent = Object.keys(optionalDependencies).filter(
    (name) => !isFound(packages, { path, name }),
  );
  return absent.map((name) => `${path} lacks its optional ${name}`);
}

/** As Node resolves: beside the package, then in each folder further up. */
function isFound(packages: Packages, { path, name }: { path: string; name: string }): boolean {
  if (`${path}${path === "" ? "" : "/"}node_modules/${name}` in packages) return true;
  if (path === "") return false;
  const parent = path.split("/node_modules/").slice(0, -1).join("/node_modules/");
  return isFound(packages, { path: parent, name });
}

function parsePackages(lockText: string): Packages {
  const lock: unknown = JSON.parse(lockText);
  if (!isRecord(lock) || !isRecord(lock["packages"])) throw new TypeError("not a lock file");
  const entries = Object.entries(lock["packages"]);
  return Object.fromEntries(entries.map(([path, entry]) => [path, isRecord(entry) ? entry : {}]));
}
