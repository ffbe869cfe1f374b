/** The owner's token, kept readable by the owner of the process only, for `sampan admin token`. */
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

const fileName = "owner.token";

export async function readOwnerToken(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, fileName), "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function keepOwnerToken(folder: string, token: string): Promise<void> {
  const scratch = join(folder, `${fileName}.new`);
  const file = await open(scratch, "w", 0o600);
  try {
    await file.writeFile(`${token}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(scratch, join(folder, fileName));
}
