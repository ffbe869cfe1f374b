import type { NewShare, Share, ShareChanges } from "@sampan/sdk";
import type { Failure } from "../transfers/failure.ts";
import { parseQuota } from "../people/quota.ts";
import { readField } from "../ui/use-submit.ts";

export type LinkKind = "link" | "request";
/** What a form says of a link; what is absent stays as it is. */
export type Limits = ShareChanges;

const MIN_PASSWORD_CHARS = 6;

/** The form's fields as limits, or what is wrong with them. */
export function readLimits(
  fields: FormData,
  { kind, share }: { kind: LinkKind; share: Share | null },
): Limits | Failure {
  const password = readField(fields, "password");
  const noPassword = fields.has("noPassword");
  if (password !== "" && password.length < MIN_PASSWORD_CHARS)
    return { code: "share-password-short", facts: {} };
  const expiresAt = endOfDay(readField(fields, "ends"));
  // A day that was not touched keeps its hour.
  const keepsEnd = share !== null && toDay(share.expiresAt) === readField(fields, "ends");
  const common: Limits = {
    ...(password !== "" ? { password } : noPassword ? { password: null } : {}),
    ...(keepsEnd ? {} : { expiresAt }),
  };
  if (kind === "request") {
    const maxBytes = parseQuota(readField(fields, "maxSize"));
    if (maxBytes === undefined) return { code: "number-refused", facts: {} };
    return { ...common, maxBytes };
  }
  const most = readField(fields, "downloads").trim();
  if (most !== "" && !/^[1-9]\d{0,8}$/.test(most)) return { code: "number-refused", facts: {} };
  const maxDownloads = most === "" ? null : Number(most);
  return { ...common, maxDownloads, previewOnly: fields.has("previewOnly") };
}

export function isFailure(limits: Limits | Failure): limits is Failure {
  return "code" in limits;
}

export function newShareOf({
  kind,
  limits,
  item,
}: {
  kind: LinkKind;
  limits: Limits;
  item: { readonly id: string };
}): NewShare {
  const { password, ...rest } = limits;
  return { kind, nodeId: item.id, ...rest, ...(typeof password === "string" ? { password } : {}) };
}

/** The last moment of a day as `<input type="date">` has it, where one is; null for none. */
export function endOfDay(day: string): string | null {
  const [year, month, date] = day.split("-").map(Number);
  if (year === undefined || month === undefined || date === undefined) return null;
  return new Date(year, month - 1, date, 23, 59, 59, 999).toISOString();
}

export function toDay(at: string | null): string {
  if (at === null) return "";
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function today(): string {
  return toDay(new Date().toISOString());
}
