/**
 * A program with tus-js-client in it, to be killed and run again: it sends one file, remembers the upload's URL in a file, and goes
 * on with what it finds there. Prints one line of JSON for each thing a test wants to know.
 */
import { createReadStream } from "node:fs";
import { FileUrlStorage, Upload } from "./tus-js-client.ts";

export interface Plan {
  readonly endpoint: string;
  readonly token: string;
  readonly file: string;
  readonly name: string;
  readonly storage: string;
  readonly chunkSize: number;
  readonly parallelUploads: number;
  /** Ends itself, without a word, once the server has this much. */
  readonly dieAfter: number | null;
}

export type Report =
  | { readonly kind: "previous"; readonly count: number }
  | { readonly kind: "chunk"; readonly accepted: number; readonly size: number }
  | { readonly kind: "done"; readonly url: string | null }
  | { readonly kind: "failed"; readonly message: string };

const plan = JSON.parse(process.argv[2] ?? "") as Plan;
const report = (line: Report): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

let accepted = 0;
const upload = new Upload(createReadStream(plan.file), {
  endpoint: plan.endpoint,
  headers: { Authorization: `Bearer ${plan.token}` },
  metadata: { filename: plan.name },
  urlStorage: new FileUrlStorage(plan.storage),
  chunkSize: plan.chunkSize,
  parallelUploads: plan.parallelUploads,
  retryDelays: [],
  onChunkComplete(size, bytesAccepted) {
    report({ kind: "chunk", size, accepted: bytesAccepted });
    accepted += size;
    if (plan.dieAfter !== null && accepted >= plan.dieAfter) process.kill(process.pid, "SIGKILL");
  },
  onSuccess: () => report({ kind: "done", url: upload.url }),
  onError: (error) => report({ kind: "failed", message: error.message }),
});

const previous = await upload.findPreviousUploads();
report({ kind: "previous", count: previous.length });
const [latest] = previous;
if (latest) upload.resumeFromPreviousUpload(latest);
upload.start();
