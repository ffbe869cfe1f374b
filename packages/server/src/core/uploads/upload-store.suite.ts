import type { OpenStores } from "./testing/stores.ts";
import { describeFinishing } from "./upload-store.finish.suite.ts";
import { describeManaging } from "./upload-store.manage.suite.ts";
import { describeReceiving } from "./upload-store.receive.suite.ts";
import { describeSettling } from "./upload-store.settle.suite.ts";

/** What every adapter of `UploadStore` must do. */
export function describeUploadStore(name: string, open: OpenStores): void {
  describeReceiving(name, open);
  describeFinishing(name, open);
  describeSettling(name, open);
  describeManaging(name, open);
}
