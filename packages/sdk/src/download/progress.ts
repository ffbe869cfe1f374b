export interface DownloadProgress {
  readonly phase: "receiving" | "verifying" | "done";
  readonly size: number;
  /** Written, by this call or an earlier one. */
  readonly heldBytes: number;
  /** Held before this call began. */
  readonly resumedBytes: number;
  readonly hashedBytes: number;
}
