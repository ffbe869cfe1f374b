/** For tests of programs that use the SDK: a server in memory that fails where it is told to. */
export type { FakeFault, FaultRule } from "./fake-faults.ts";
export { FAKE_TOKEN, startFakeServer, type FakeServer } from "./fake-server.ts";
