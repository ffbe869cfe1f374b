import { purgeEvents } from "./event-writes.ts";

export const eventCommands = { purgeEvents };
