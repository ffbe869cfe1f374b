import { expect, test } from "vitest";
import type { ByteRange } from "../source.ts";
import { createCheckpoints } from "./checkpoints.ts";
import type { DownloadSink } from "./sink.ts";

const MIB = 1024 ** 2;

function createRecordingSink(failure?: Error) {
  const recorded: (readonly ByteRange[])[] = [];
  const nothing = async (): Promise<void> => undefined;
  const sink: DownloadSink = {
    open: async () => [],
    write: nothing,
    async checkpoint(held) {
      if (failure !== undefined) throw failure;
      recorded.push(held);
    },
    sha256: async () => "",
    publish: nothing,
    discard: nothing,
    close: nothing,
  };
  return { sink, recorded };
}

test("records what is held once 64 MiB are new, without being asked", () => {
  const { sink, recorded } = createRecordingSink();
  const checkpoints = createCheckpoints(sink, [{ start: 0, end: MIB }]);
  checkpoints.add({ start: MIB, end: 64 * MIB });
  expect(recorded).toEqual([]);
  checkpoints.add({ start: 100 * MIB, end: 101 * MIB });
  expect(recorded).toEqual([
    [
      { start: 0, end: 64 * MIB },
      { start: 100 * MIB, end: 101 * MIB },
    ],
  ]);
});

test("records the rest at the end, and nothing when nothing is new", async () => {
  const { sink, recorded } = createRecordingSink();
  const checkpoints = createCheckpoints(sink, []);
  checkpoints.add({ start: 0, end: 5 });
  await checkpoints.finish();
  await checkpoints.finish();
  expect(recorded).toEqual([[{ start: 0, end: 5 }]]);
});

test("a disk that fails a checkpoint fails the download", async () => {
  const { sink } = createRecordingSink(new Error("no space left"));
  const checkpoints = createCheckpoints(sink, []);
  checkpoints.add({ start: 0, end: 64 * MIB });
  await expect(checkpoints.finish()).rejects.toThrow("no space left");
});
