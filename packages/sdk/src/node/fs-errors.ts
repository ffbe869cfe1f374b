/** Whether a file system call failed with one of these codes. */
export function hasErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

export function isMissing(error: unknown): boolean {
  return hasErrno(error, "ENOENT");
}
