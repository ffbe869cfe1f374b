/** A form that is refused for its shape: 400 not a form, 413 more than is accepted, 415 coded. Dialects read `statusCode`. */
export class FormRefusal extends Error {
  override readonly name = "FormRefusal";
  readonly statusCode: 400 | 413 | 415;

  constructor(statusCode: 400 | 413 | 415, reason: string) {
    super(reason);
    this.statusCode = statusCode;
  }
}
