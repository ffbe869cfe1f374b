/** Who reads what lies in somebody else's drive, where that is to be asked again while they do. */
export type Reader =
  | { readonly kind: "account"; readonly accountId: string }
  /** A visitor, who found the link like this. */
  | { readonly kind: "link"; readonly shareId: string; readonly passwordVersion: number };
