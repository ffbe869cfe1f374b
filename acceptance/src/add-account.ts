/** A second account on a server of ours: made beside it in its data folder, its token printed. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(
  new URL("../../packages/server/src/http/testing/add-account.ts", import.meta.url),
);

export async function addAccount({ dataFolder }: { dataFolder: string }): Promise<string> {
  return (await promisify(execFile)(process.execPath, [script, dataFolder])).stdout;
}
