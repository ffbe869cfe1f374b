/** Which request something goes back to, also where nobody handed it on: in a timer, in a promise that nobody awaits. */
import { AsyncLocalStorage } from "node:async_hooks";

const requestIds = new AsyncLocalStorage<string>();

/** All that `work` begins, however late it goes on, goes back to this request. */
export function runInRequest(id: string, work: () => void): void {
  requestIds.run(id, work);
}

/** Undefined for what the server does by itself. */
export function currentRequestId(): string | undefined {
  return requestIds.getStore();
}
