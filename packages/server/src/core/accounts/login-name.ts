/** The name by which a person signs in. Two names that look alike to a person are one name. */
import { CoreError } from "../errors.ts";

/** Letters and digits of any script, and what e-mail addresses are made of; begins with a letter or digit. */
const SHAPE = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{1,63}$/u;

/** Throws `account-name-refused`. */
export function parseLoginName(text: string): string {
  const name = text.normalize("NFC");
  if (SHAPE.test(name)) return name;
  const reason = "2 to 64 letters, digits and . _ @ + -, beginning with a letter or digit";
  throw new CoreError("account-name-refused", { reason });
}

/** What is unique. Of any text, so that looking up a name that nobody can have is not a special case. */
export function loginKey(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}
