/** What `sampan doctor` finds: fine, worth knowing, or in the way. */
export interface Finding {
  readonly check: string;
  readonly status: "ok" | "warning" | "problem";
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function ok(check: string, detail: string): Finding {
  return { check, status: "ok", detail };
}

export function warn(
  check: string,
  { detail, advice }: { detail: string; advice: string },
): Finding {
  return { check, status: "warning", detail, advice };
}

export function problem(
  check: string,
  { detail, advice }: { detail: string; advice: string },
): Finding {
  return { check, status: "problem", detail, advice };
}
