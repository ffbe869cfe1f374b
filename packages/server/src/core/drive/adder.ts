/** Who puts something into a folder, where that is to be asked again at the moment when it gets there. */
export interface Adder {
  /** An account; of a visitor's, the one that asked for files. */
  readonly accountId: string;
  /** The file request through which a visitor adds; null for the account itself. */
  readonly shareId: string | null;
}
