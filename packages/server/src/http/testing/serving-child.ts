/**
 * The whole server in a process of its own, to be killed: `node serving-child.ts <data folder>`. Prints its port. Other than the program it may reach
 * this machine by the name `origin.test`, as a stand-in for somebody else's server.
 */
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { compose } from "../../compose.ts";
import { settingsSchema } from "../../config/settings.ts";
import { localNetwork } from "../../workers/testing/origin.ts";

const [dataDir] = process.argv.slice(2);
const { app } = await compose({
  settings: settingsSchema.parse({ dataDir, port: 0 }),
  logger: pino({ level: "error" }, process.stderr),
  network: localNetwork,
  onFatal: (error) => {
    throw error;
  },
});
await app.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`);
