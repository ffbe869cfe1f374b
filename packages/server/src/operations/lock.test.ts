import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openFolder } from "../core/testing/engine.ts";
import { FolderInUse, lockFolder } from "./lock.ts";

const source = new URL("./lock.ts", import.meta.url).href;

/** A process that locks the folder, says so, and does nothing more. */
async function startHolder(folder: string) {
  const program = join(folder, "holder.mjs");
  await writeFile(
    program,
    `const { lockFolder } = await import(${JSON.stringify(source)});
     const lock = await lockFolder(${JSON.stringify(folder)});
     console.log("locked");
     setInterval(() => lock, 1_000);`,
  );
  const holder = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  return holder;
}

describe("the lock on a data folder", () => {
  it("makes the folder, for its owner only", async () => {
    await using folder = await openFolder();
    using lock = await lockFolder(join(folder.path, "a", "b"));
    expect(lock).toBeDefined();
  });

  it("is refused to a second, and given again when the first has let go", async () => {
    await using folder = await openFolder();
    const first = await lockFolder(folder.path);
    await expect(lockFolder(folder.path)).rejects.toBeInstanceOf(FolderInUse);
    await expect(lockFolder(folder.path)).rejects.toThrow(folder.path);
    first[Symbol.dispose]();
    using second = await lockFolder(folder.path);
    expect(second).toBeDefined();
  });

  it("is refused while another process holds it, and free once that was killed", async () => {
    await using folder = await openFolder();
    const holder = await startHolder(folder.path);
    await expect(lockFolder(folder.path)).rejects.toBeInstanceOf(FolderInUse);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    using lock = await lockFolder(folder.path);
    expect(lock).toBeDefined();
  });

  it("fails as what it is where the folder cannot be locked at all", async () => {
    await using folder = await openFolder();
    await writeFile(
      join(folder.path, "lock"),
      "not a database at all, but long enough to be read as one",
    );
    await expect(lockFolder(folder.path)).rejects.not.toBeInstanceOf(FolderInUse);
    const file = join(folder.path, "a file");
    await writeFile(file, "");
    await chmod(file, 0o600);
    await expect(lockFolder(file)).rejects.not.toBeInstanceOf(FolderInUse);
  });
});
