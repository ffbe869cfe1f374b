/** The port of scratch space for bytes whose place is not known yet. Nothing of it survives the process, and nothing needs to. */
export interface Spool {
  open(): Promise<SpoolFile>;
}

export interface SpoolFile extends AsyncDisposable {
  /** Throws `disk-full`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Fills `target` from `position`; fewer bytes only at the end. */
  read(target: Uint8Array, position: number): Promise<number>;
}
