/** Writes until it is killed: `node writing-child.ts <database> <owner>`. Prints each upload's id once its creation was acknowledged. */
import { systemActor } from "../../core/events.ts";
import { randomInt } from "node:crypto";
import { newId } from "../../core/ids.ts";
import { openSqlite } from "../sqlite.ts";

const [file, ownerId] = process.argv.slice(2) as [string, string];
const metadata = await openSqlite({
  file,
  onFatal: (error) => {
    throw error;
  },
});
await metadata.accounts.ensureOwner({ id: ownerId, name: "owner", quotaBytes: null, now: 0 });

async function writeForever(): Promise<never> {
  for (;;) {
    const id = newId();
    await metadata.uploads.create({
      upload: {
        id,
        ownerId,
        actor: systemActor,
        dialect: "native",
        purpose: "file",
        parentId: ownerId,
        name: "a",
        mediaType: null,
        metadata: "x".repeat(randomInt(2560)),
        size: 1,
        partSize: 1,
        claimed: {},
        onConflict: "fail",
        durability: "strict",
        resumeKey: null,
        annexOf: null,
        autoComplete: false,
        createdAt: 0,
        expiresAt: 0,
      },
      maxOpenUploads: 1_000_000,
    });
    await metadata.uploads.recordRanges({
      id,
      epoch: 1,
      ranges: [{ start: 0, end: 1, crc32: null }],
      now: 1,
      expiresAt: 1,
    });
    process.stdout.write(`${id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, writeForever));
