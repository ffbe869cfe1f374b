/** What the shell is told. A signal that stopped the work adds its number to 128, as shells do. */
export const EXIT = {
  ok: 0,
  /** At least one thing that was asked for could not be done. */
  failed: 1,
  /** The command line or the configuration is wrong; nothing was tried. */
  usage: 2,
  interrupted: 130,
  terminated: 143,
} as const;

/** Wrong usage or configuration: one line for the user, exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
