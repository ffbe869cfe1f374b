/** The naive server's whole state: rebuilt from the journal at start, then kept in memory. */
export interface NaiveUpload {
  id: string;
  name: string;
  size: number | null;
  partSize: number;
  state: "receiving" | "paused" | "complete" | "aborted";
  /** Received bytes as sorted ranges that neither touch nor overlap. */
  ranges: Range[];
  fileId: string | null;
}

export type Range = [start: number, end: number];

export interface NaiveFile {
  id: string;
  name: string;
  size: number;
  sha256: string;
  createdAt: string;
}

export type Entry =
  | { type: "upload"; upload: NaiveUpload }
  | { type: "received"; id: string; start: number; end: number; size: number | null }
  | { type: "state"; id: string; state: NaiveUpload["state"] }
  | { type: "files"; files: NaiveFile[]; uploadId: string | null }
  | { type: "deleted"; id: string };

export interface State {
  uploads: Map<string, NaiveUpload>;
  files: Map<string, NaiveFile>;
  names: Map<string, string>;
}

export function emptyState(): State {
  return { uploads: new Map(), files: new Map(), names: new Map() };
}

export function applyEntry(state: State, entry: Entry): void {
  switch (entry.type) {
    case "upload":
      state.uploads.set(entry.upload.id, { ...entry.upload, ranges: [...entry.upload.ranges] });
      return;
    case "received": {
      const upload = state.uploads.get(entry.id);
      if (upload === undefined) return;
      upload.ranges = mergeRange(upload.ranges, [entry.start, entry.end]);
      upload.size ??= entry.size;
      return;
    }
    case "state": {
      const upload = state.uploads.get(entry.id);
      if (upload !== undefined) upload.state = entry.state;
      return;
    }
    case "files": {
      for (const file of entry.files) {
        state.files.set(file.id, file);
        state.names.set(file.name, file.id);
      }
      const upload = entry.uploadId === null ? undefined : state.uploads.get(entry.uploadId);
      if (upload === undefined) return;
      upload.state = "complete";
      upload.fileId = entry.files[0]?.id ?? null;
      return;
    }
    case "deleted": {
      const file = state.files.get(entry.id);
      state.files.delete(entry.id);
      if (file !== undefined) state.names.delete(file.name);
    }
  }
}

function mergeRange(ranges: Range[], added: Range): Range[] {
  let [start, end] = added;
  const apart: Range[] = [];
  for (const [otherStart, otherEnd] of ranges) {
    if (otherEnd < start || otherStart > end) {
      apart.push([otherStart, otherEnd]);
      continue;
    }
    start = Math.min(start, otherStart);
    end = Math.max(end, otherEnd);
  }
  if (end > start) apart.push([start, end]);
  return apart.toSorted((a, b) => a[0] - b[0]);
}

export function offsetOf(upload: NaiveUpload): number {
  const first = upload.ranges[0];
  return first !== undefined && first[0] === 0 ? first[1] : 0;
}

export function missingParts(upload: NaiveUpload): number[] | undefined {
  if (upload.size === null) return undefined;
  const { size, partSize, ranges } = upload;
  const missing: number[] = [];
  for (let number = 0; number * partSize < size; number++) {
    const start = number * partSize;
    const end = Math.min(start + partSize, size);
    if (!ranges.some(([from, to]) => from <= start && to >= end)) missing.push(number);
  }
  return missing;
}
