/** Streams behind one another, each begun while the one before it is being read, so that no file's opening holds up the whole. */

export interface Part {
  readonly open: () => AsyncGenerator<Uint8Array>;
  /** False for what needs the part before it to have ended. */
  readonly mayStartEarly: boolean;
}

/** At most two parts are open at once. Ends both when the reader goes away. */
export async function* concatAhead(parts: Iterable<Part>): AsyncGenerator<Uint8Array> {
  await using opened = new AsyncDisposableStack();
  const iterator = parts[Symbol.iterator]();
  const begin = (): Begun | undefined => {
    const found = iterator.next();
    return found.done === true ? undefined : beginPart(found.value);
  };
  let current = begin();
  let next: Begun | undefined;
  opened.defer(async () => next?.[Symbol.asyncDispose]());
  opened.defer(async () => current?.[Symbol.asyncDispose]());
  while (current) {
    next = begin();
    yield* current.bytes();
    current = next;
    next = undefined;
  }
}

export interface Begun extends AsyncDisposable {
  bytes(): AsyncGenerator<Uint8Array>;
}

const beginPart = ({ open, mayStartEarly }: Part): Begun =>
  beginReading(open(), { now: mayStartEarly });

/** Asks for the first bytes at once. A failure is told when they are wanted. */
export function beginReading(source: AsyncGenerator<Uint8Array>, { now }: { now: boolean }): Begun {
  const first = now ? source.next() : undefined;
  first?.catch(() => undefined);
  return {
    async *bytes() {
      let result = await (first ?? source.next());
      while (result.done !== true) {
        yield result.value;
        result = await source.next();
      }
    },
    async [Symbol.asyncDispose]() {
      // Generators answer in turn: this waits for the read that is on its way.
      await source.return(undefined);
    },
  };
}
