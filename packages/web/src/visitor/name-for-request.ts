const MAX_BYTES = 255;

/** A request takes files and no folders: where a file lay goes into its name, as far as a name may be long. */
export function nameForRequest(path: string): string {
  const steps = path.split("/").filter((step) => step !== "");
  for (let skipped = 0; skipped < steps.length - 1; skipped += 1) {
    const name = steps.slice(skipped).join(" - ");
    if (new TextEncoder().encode(name).length <= MAX_BYTES) return name;
  }
  return steps.at(-1) ?? path;
}
