/** Further people on a test server: accounts with a token, made beside it in its database. */
import { join } from "node:path";
import { issueToken } from "../../core/accounts/token.ts";
import { systemClock } from "../../core/clock.ts";
import { newId } from "../../core/ids.ts";
import { openSqlite } from "../../metadata/sqlite.ts";

export async function addAccount({ folder }: { folder: string }): Promise<{ token: string }> {
  const onFatal = (error: Error): void => {
    throw error;
  };
  const metadata = await openSqlite({ file: join(folder, "sampan.db"), writer: "inline", onFatal });
  try {
    const { accounts } = metadata;
    const id = newId();
    await accounts.ensureOwner({ id, name: "guest", quotaBytes: null, now: Date.now() });
    return { token: await issueToken({ accounts, clock: systemClock }, id) };
  } finally {
    await metadata.close();
  }
}
