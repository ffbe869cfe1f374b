/**
 * The preview process: reads commands, answers them one by one, and ends with its input. It runs at the lowest priority, holds
 * nothing of the server, and leaves when it has grown too large: whatever a content does to a decoder ends here.
 */
import { setPriority } from "node:os";
import { PreviewImpossible } from "../../core/previews/previewer.ts";
import {
  createFrameReader,
  formatHead,
  type Frame,
  type PreviewCommand,
  type PreviewReply,
} from "./frames.ts";
import { previewLimits } from "./limits.ts";
import { assertWelcome, prepareDecoders, render } from "./render.ts";

const lowestPriority = 19;
const memoryLookMs = 50;

setPriority(lowestPriority);
prepareDecoders();
// Decoding runs in other threads, so this one is free to look.
setInterval(() => {
  if (process.memoryUsage.rss() > previewLimits.maxResidentBytes) process.exit(1);
}, memoryLookMs).unref();

let last: Promise<void> = Promise.resolve();
const read = createFrameReader<PreviewCommand>({
  maxBytes: previewLimits.maxImageBytes,
  onFrame(frame) {
    last = last.then(async () => {
      const { reply, bytes } = await answer(frame);
      process.stdout.write(formatHead(reply));
      if (bytes) process.stdout.write(bytes);
    });
  },
});
process.stdin.on("data", read);
process.stdin.on("end", () => process.exit(0));
// The server is gone.
process.stdin.on("error", () => process.exit(0));
process.stdout.on("error", () => process.exit(0));
process.stdout.write(formatHead({ is: "ready", length: 0 }));

async function answer({
  head,
  bytes,
}: Frame<PreviewCommand>): Promise<{ reply: PreviewReply; bytes?: Buffer }> {
  try {
    if (head.op === "detect") {
      await assertWelcome(bytes, head.kind);
      return { reply: { is: "welcome", length: 0 } };
    }
    const made = await render(bytes, head);
    return { reply: { is: "made", length: made.length }, bytes: made };
  } catch (error) {
    // Anything else ends the process: the server hears of it as a crash.
    if (!(error instanceof PreviewImpossible)) throw error;
    return { reply: { is: "refused", reason: error.reason, length: 0 } };
  }
}
