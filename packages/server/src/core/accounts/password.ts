/** Passwords: what may be one, and the port of whoever hashes them. */
import { CoreError } from "../errors.ts";

export interface PasswordHasher {
  /** A salted hash that says how it was made. */
  hash(password: string): Promise<string>;
  /** Takes the same time for every hash, `null` (nobody's) included, which nothing matches. */
  verify(input: { password: string; hash: string | null }): Promise<boolean>;
}

/** Beyond this a password is a way to keep the hasher busy. */
export const maxPasswordChars = 1024;

/** Length is what counts (NIST SP 800-63B §3.1.1): no classes of characters, no expiry. Throws `password-refused`. */
export function assertPassword(
  password: string,
  { minChars, name }: { minChars: number; name: string },
): void {
  const length = [...password].length;
  if (length < minChars) refuse(`at least ${minChars} characters`);
  if (length > maxPasswordChars) refuse(`at most ${maxPasswordChars} characters`);
  if (new Set(password).size < 3) refuse("more than two different characters");
  if (password.toLowerCase() === name.toLowerCase()) refuse("not the account's name");
}

function refuse(reason: string): never {
  throw new CoreError("password-refused", { reason });
}
