import type { PreviewKind, PreviewRefusal } from "../../core/previews/previewer.ts";

/** What was made out of a blob: another blob, or the reason why there is none. */
export interface DerivedTable {
  blob_id: string;
  kind: PreviewKind;
  derived_blob_id: string | null;
  failure: PreviewRefusal | null;
  made_at: number;
}

export interface DerivedSchema {
  derived: DerivedTable;
}
