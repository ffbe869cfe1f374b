/** What clients, the clock and the power can do to the engine, as data that fast-check makes and shrinks. */
import fc from "fast-check";
import type { ConflictPolicy, Durability } from "../uploads/upload.ts";

export type Claim = "none" | "right" | "wrong";

export interface Create {
  readonly kind: "create";
  readonly content: number;
  readonly parts: number;
  readonly tail: number;
  readonly isSized: boolean;
  readonly isLarge: boolean;
  readonly autoComplete: boolean;
  readonly name: string;
  readonly onConflict: ConflictPolicy;
  readonly durability: Durability;
  readonly claim: Claim;
}

/** A body of some parts, or appended; as it should be or not. */
export interface Body {
  /** Other bytes than those the client means to send. */
  readonly isOther: boolean;
  /** Sent before the connection breaks, as a share of the body; null for a body that is sent whole. */
  readonly cutAt: number | null;
  readonly claim: Claim;
  readonly isDeclared: boolean;
  readonly memory: "slab" | "ordinary";
  readonly pieces: number;
}

export interface Part {
  readonly kind: "part";
  readonly upload: number;
  readonly number: number;
  readonly count: number;
  /** Bytes too many or too few: such a body is not a whole number of parts. */
  readonly odd: -1 | 0 | 1;
  readonly body: Body;
}

export interface Append {
  readonly kind: "append";
  readonly upload: number;
  readonly at: "offset" | "elsewhere";
  readonly share: number;
  readonly endsContent: boolean;
  readonly body: Body;
}

export interface Stall {
  readonly kind: "stall";
  readonly upload: number;
  readonly number: number;
  readonly count: number;
  readonly sent: number;
  readonly isOther: boolean;
}

export interface Complete {
  readonly kind: "complete";
  readonly upload: number;
  readonly claim: Claim;
  /** Declares the size of an upload that had none. */
  readonly size: "none" | "held" | "more";
}

export interface Small {
  readonly kind: "small";
  readonly content: number;
  readonly length: number;
  readonly name: string;
  readonly onConflict: ConflictPolicy;
}

/** Two bodies at once. */
export interface Race {
  readonly kind: "race";
  readonly first: Part;
  readonly second: Part;
}

export type Operation =
  | Create
  | Part
  | Append
  | Stall
  | Complete
  | Small
  | Race
  | { readonly kind: "pause" | "resume" | "abort" | "drop"; readonly upload: number }
  | { readonly kind: "break" }
  | { readonly kind: "expire"; readonly advanceMs: number }
  | { readonly kind: "delete"; readonly file: number }
  | { readonly kind: "sweep" | "compact" };

/** The process ends: at rest, or at some effect of an operation. */
export interface Crash {
  readonly during: Operation | null;
  readonly effects: number;
  readonly phase: "before" | "after";
  /** What the disk holds afterwards where nothing was promised. */
  readonly damage: "none" | "garbage" | "cut";
  /** A power cut: a balanced upload may lose bytes that were acknowledged. */
  readonly powerFailed: boolean;
}

export const maxUploads = 6;
const hourMs = 3_600_000;

/** Counted from the newest, and over again past the oldest: so it always names one. */
const upload = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.nat(maxUploads - 1) },
);
const name = fc.constantFrom("a.bin", "A.BIN", "b.bin");
const onConflict = fc.constantFrom<ConflictPolicy>("keep-both", "replace", "fail");
const claim = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Claim>("none") },
  { weight: 2, arbitrary: fc.constant<Claim>("right") },
  { weight: 1, arbitrary: fc.constant<Claim>("wrong") },
);
const seldom = (weight = 6) => fc.nat(weight).map((n) => n === weight);

const create: fc.Arbitrary<Create> = fc.record({
  kind: fc.constant("create"),
  content: fc.nat(2),
  parts: fc.nat(5),
  tail: fc.nat(1_000),
  isSized: fc.nat(3).map((n) => n > 0),
  isLarge: seldom(4),
  autoComplete: seldom(4),
  name,
  onConflict,
  durability: fc.constantFrom<Durability>("strict", "strict", "balanced", "relaxed"),
  claim,
});

const body: fc.Arbitrary<Body> = fc.record({
  isOther: seldom(8),
  cutAt: fc.oneof(
    { weight: 5, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.nat(100).map((percent) => percent / 100) },
  ),
  claim,
  isDeclared: fc.nat(4).map((n) => n > 0),
  memory: fc.constantFrom("slab", "ordinary"),
  pieces: fc.integer({ min: 1, max: 4 }),
});

const part: fc.Arbitrary<Part> = fc.record({
  kind: fc.constant("part"),
  upload,
  number: fc.nat(5),
  count: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 6 })),
  odd: fc.constantFrom<-1 | 0 | 1>(0, 0, 0, 0, 0, 0, -1, 1),
  body,
});

/** All that the client means to send, as it should be. */
const whole: fc.Arbitrary<Part> = fc.record({
  kind: fc.constant("part"),
  upload,
  number: fc.constant(0),
  count: fc.constant(6),
  odd: fc.constant(0),
  body: body.map((sent): Body => ({ ...sent, isOther: false, cutAt: null, claim: "none" })),
});

const append: fc.Arbitrary<Append> = fc.record({
  kind: fc.constant("append"),
  upload,
  at: fc.constantFrom("offset", "offset", "offset", "elsewhere"),
  share: fc.constantFrom(0.1, 0.5, 1, 1),
  endsContent: fc.boolean(),
  body,
});

const complete: fc.Arbitrary<Complete> = fc.record({
  kind: fc.constant("complete"),
  upload,
  claim,
  size: fc.constantFrom("none", "none", "none", "held", "more"),
});

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: create },
  { weight: 10, arbitrary: part },
  { weight: 6, arbitrary: whole },
  { weight: 6, arbitrary: append },
  { weight: 10, arbitrary: complete },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("stall"),
      upload,
      number: fc.nat(3),
      count: fc.integer({ min: 1, max: 4 }),
      sent: fc.nat(100).map((percent) => percent / 100),
      isOther: seldom(3),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("race"), first: part, second: part }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("small"),
      content: fc.nat(2),
      length: fc.constantFrom(0, 1, 40, 80),
      name,
      onConflict,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pause"), upload }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("resume"), upload }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("abort"), upload }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop"), upload }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("break") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("expire"),
      // A clock is set back, too.
      advanceMs: fc.constantFrom(6_000, hourMs, 24 * hourMs, -24 * hourMs),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete"), file: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("sweep", "compact") }) },
);

const crash: fc.Arbitrary<Crash> = fc.record({
  during: fc.option(
    fc.oneof(
      { weight: 2, arbitrary: operation },
      { weight: 2, arbitrary: complete },
      { weight: 1, arbitrary: whole },
    ),
    { freq: 4 },
  ),
  effects: fc.integer({ min: 1, max: 14 }),
  phase: fc.constantFrom("before", "after"),
  damage: fc.constantFrom("none", "garbage", "cut"),
  powerFailed: seldom(3),
});

export type Step =
  | { readonly kind: "do"; readonly operation: Operation }
  | { readonly kind: "crash"; readonly crash: Crash };

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: operation.map((operation): Step => ({ kind: "do", operation })),
  },
  { weight: 1, arbitrary: crash.map((crash): Step => ({ kind: "crash", crash })) },
);
