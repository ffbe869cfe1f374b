import { publishDerived, refuseDerived, requestDerived } from "./derived-writes.ts";

export const derivedCommands = { requestDerived, publishDerived, refuseDerived };
