import { expect, test } from "vitest";
import { findLockFileProblems } from "./lock-file.ts";

const lock = (packages: object): string => JSON.stringify({ packages });

test("accepts hashes without hosts, links to workspaces, and optional packages that are present", () => {
  const packages = {
    "": { optionalDependencies: { runtime: "1.0.0" } },
    "node_modules/runtime": { version: "1.0.0", integrity: "sha512-x" },
    "node_modules/@sampan/sdk": { resolved: "packages/sdk", link: true },
    "node_modules/tool": { optionalDependencies: { "@tool/linux": "1", "@tool/mac": "1" } },
    "node_modules/@tool/linux": { optional: true },
    "node_modules/tool/node_modules/@tool/mac": { optional: true },
  };
  expect(findLockFileProblems(lock(packages))).toEqual([]);
});

test("finds an optional package above a nested one", () => {
  const packages = {
    "node_modules/a/node_modules/b": { optionalDependencies: { c: "1" } },
    "node_modules/c": {},
  };
  expect(findLockFileProblems(lock(packages))).toEqual([]);
});

test("names a registry host", () => {
  const packages = { "node_modules/a": { resolved: "https://registry.example/a.tgz" } };
  expect(findLockFileProblems(lock(packages))).toHaveLength(1);
});

test("names an optional package that the lock file leaves out", () => {
  const packages = { "node_modules/tool": { optionalDependencies: { "@tool/mac": "1" } } };
  expect(findLockFileProblems(lock(packages))).toEqual([
    "node_modules/tool lacks its optional @tool/mac",
  ]);
});
