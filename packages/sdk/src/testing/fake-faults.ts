/** What the fake server can be told to do wrong. */
export type FakeFault =
  /** Refuse without doing anything. */
  | { kind: "refuse"; status: number; code: string; retryAfter?: number }
  /** Cut the connection after this many bytes of the request's body. */
  | { kind: "cut-request"; afterBytes: number }
  /** Do everything, then cut the connection instead of answering. */
  | { kind: "lose-answer" }
  /** Cut the connection after this many bytes of the answer's body. */
  | { kind: "cut-answer"; afterBytes: number }
  /** Do this first, then go on as usual. */
  | { kind: "before"; act(): void };

export interface FaultRule {
  /** For example `PUT /uploads`: method and beginning of the path below `/api/v1`. */
  on: string;
  fault: FakeFault;
  /** Default 1. */
  times?: number;
  /** Let this many matching requests pass first. */
  after?: number;
}

export interface FakeFaults {
  add(rule: FaultRule): void;
  clear(): void;
  next(request: string): FakeFault | null;
}

export function createFakeFaults(): FakeFaults {
  const rules: { on: string; fault: FakeFault; times: number; after: number }[] = [];
  return {
    add: ({ on, fault, times = 1, after = 0 }) => rules.push({ on, fault, times, after }),
    clear() {
      rules.length = 0;
    },
    next(request) {
      for (const rule of rules) {
        if (rule.times === 0 || !request.startsWith(rule.on)) continue;
        if (rule.after > 0) rule.after -= 1;
        else {
          rule.times -= 1;
          return rule.fault;
        }
      }
      return null;
    },
  };
}
