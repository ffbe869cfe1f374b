/** What a person wants to see of one upload. */
export type UploadPhase = "waiting" | "checking" | "sending" | "verifying" | "done";

export interface UploadProgress {
  readonly phase: UploadPhase;
  readonly size: number;
  /** Durably held by the server. */
  readonly heldBytes: number;
  /** Held, or on their way; falls back when an attempt fails. */
  readonly movedBytes: number;
  /** Held before this call began, so never sent by it. */
  readonly resumedBytes: number;
  /** Acknowledged to this call. */
  readonly sentBytes: number;
  readonly hashedBytes: number;
  /** Never sent, because the server had the content; counted as held. */
  readonly instantBytes: number;
}

/** Counts one upload's bytes, and tells about every change. */
export interface Tally {
  readonly progress: UploadProgress;
  enter(phase: UploadPhase): void;
  resumeFrom(heldBytes: number): void;
  noteHashed(hashedBytes: number): void;
  /** The server has the content: whatever it does not hold of this upload need not be sent. */
  grant(): void;
  /** One attempt's bytes: `sent` while they leave, then either `land` or `lose`. */
  beginFlight(): Flight;
}

export interface Flight {
  readonly sentBytes: number;
  sent(bytes: number): void;
  land(heldBytes: number): void;
  lose(): void;
}

export function createTally(
  size: number,
  onProgress: ((progress: UploadProgress) => void) | undefined,
): Tally {
  let phase: UploadPhase = "waiting";
  let heldBytes = 0;
  let flyingBytes = 0;
  let resumedBytes = 0;
  let sentBytes = 0;
  let hashedBytes = 0;
  let instantBytes = 0;

  function snapshot(): UploadProgress {
    const movedBytes = Math.min(size, heldBytes + flyingBytes);
    const known = { heldBytes, movedBytes, resumedBytes, sentBytes, hashedBytes, instantBytes };
    return { phase, size, ...known };
  }
  function tell(): void {
    onProgress?.(snapshot());
  }

  return {
    get progress() {
      return snapshot();
    },
    enter(next) {
      phase = next;
      tell();
    },
    resumeFrom(bytes) {
      heldBytes = bytes;
      resumedBytes = Math.max(0, bytes - sentBytes);
      tell();
    },
    noteHashed(bytes) {
      hashedBytes = bytes;
      tell();
    },
    grant() {
      instantBytes = size - heldBytes;
      heldBytes = size;
      tell();
    },
    beginFlight() {
      let flown = 0;
      return {
        get sentBytes() {
          return flown;
        },
        sent(bytes) {
          flown += bytes;
          flyingBytes += bytes;
          tell();
        },
        land(bytes) {
          flyingBytes -= flown;
          flown = 0;
          heldBytes += bytes;
          sentBytes += bytes;
          tell();
        },
        lose() {
          flyingBytes -= flown;
          flown = 0;
          tell();
        },
      };
    },
  };
}
