/**
 * What the server hands to a visitor and believes when it comes back: a short text with a MAC. Nothing is stored, so a restart forgets nothing,
 * and what it says is checked against the share on every use.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export interface Seal {
  /** 128 bits, the same for the same id. */
  token(id: string): string;
  /** Fields without `.` in them. `use` keeps one kind from passing for another. */
  seal(use: string, fields: readonly string[]): string;
  /** Undefined for whatever was not sealed here for this use. */
  open(use: string, text: string): readonly string[] | undefined;
}

const tokenBytes = 16;
const TOKEN = /^[A-Za-z0-9_-]{22}$/;

export function hasTokenShape(text: string): boolean {
  return TOKEN.test(text);
}

export function createSeal(key: Uint8Array): Seal {
  const mac = (use: string, text: string): Buffer =>
    createHmac("sha256", key).update(`${use}\0${text}`).digest();
  return {
    token: (id) => mac("token", id).subarray(0, tokenBytes).toString("base64url"),
    seal(use, fields) {
      const text = fields.join(".");
      return `${text}.${mac(use, text).toString("base64url")}`;
    },
    open(use, sealed) {
      const end = sealed.lastIndexOf(".");
      if (end < 0) return undefined;
      const text = sealed.slice(0, end);
      const shown = Buffer.from(sealed.slice(end + 1), "base64url");
      const own = mac(use, text);
      if (shown.length !== own.length || !timingSafeEqual(shown, own)) return undefined;
      return text.split(".");
    },
  };
}
