/** Two names with the same key are twins: they could not live side by side on every file system. */
export function nameKey(name: string): string {
  return name.normalize("NFC").toLowerCase().normalize("NFC");
}
