import type { Services } from "../services.ts";

/** What the dock needs: a visitor's page has it as well. */
export type DockServices = Pick<Services, "transfers" | "notices">;
