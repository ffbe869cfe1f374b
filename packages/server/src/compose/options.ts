import type { FastifyBaseLogger, RouteOptions } from "fastify";
import type { Settings } from "../config/settings.ts";
import type { NetworkSeam } from "./fetches.ts";

export interface ComposeOptions {
  readonly settings: Settings;
  readonly logger: FastifyBaseLogger;
  /** Sees every route as it is registered. */
  readonly onRoute?: (route: RouteOptions) => void;
  /** Must end the process. */
  readonly onFatal: (error: Error) => void;
  /** For tests only. */
  readonly network?: NetworkSeam;
}
