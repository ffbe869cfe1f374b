import type { Kind } from "../lib/kind.ts";
import { diskFull } from "./disk-full.ts";
import { killLoop } from "./kill-loop.ts";
import { nthFault } from "./nth-fault.ts";
import { powerLoop } from "./power-loop.ts";
import { slowNet } from "./slow-net.ts";

/**
 * `roundsFor` turns the one number of the command line into each kind's own: the loops take it as it
 * is, the fixed scenes repeat once per hundred. Without a number the whole run takes a few minutes.
 */
export const KINDS: { kind: Kind; defaultRounds: number; roundsFor: (asked: number) => number }[] =
  [
    { kind: killLoop, defaultRounds: 20, roundsFor: (asked) => asked },
    { kind: powerLoop, defaultRounds: 4, roundsFor: (asked) => asked },
    { kind: nthFault, defaultRounds: 8, roundsFor: (asked) => asked },
    { kind: diskFull, defaultRounds: 1, roundsFor: (asked) => Math.ceil(asked / 100) },
    { kind: slowNet, defaultRounds: 1, roundsFor: (asked) => Math.ceil(asked / 100) },
  ];
