import { STATUS_CODES } from "node:http";

/** A refusal that is HTTP's own, not the core's: each dialect gives it its shape like any other. */
export class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";
  readonly statusCode: number;
  readonly code: string;
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(
    statusCode: number,
    { code, ...facts }: { code: string; [fact: string]: string | number },
  ) {
    super(STATUS_CODES[statusCode] ?? "Refused");
    this.statusCode = statusCode;
    this.code = code;
    this.facts = facts;
  }
}
