/** The browser side of the SDK. */
export { createXhrTransport, type XhrTransportOptions } from "./xhr-transport.ts";
