/** A proof that was asked for. Kept after it was answered without success, so that guesses can be counted; deleted when granted. */
export interface InstantChallengesTable {
  nonce: string;
  upload_id: string;
  account_id: string;
  sha256: string;
  /** The ranges asked for: JSON, `[[start, end], …]`. */
  ranges: string;
  expires_at: number;
  /** Null until it is answered, which happens once. */
  answered_at: number | null;
}

export interface InstantSchema {
  instant_challenges: InstantChallengesTable;
}
