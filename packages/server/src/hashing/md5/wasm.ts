/** WebAssembly in its binary form (specification, chapter 5), as much of it as functions over one memory need that take a number each. */
export type Code = readonly number[];

export const i32 = 0x7f;
export const v128 = 0x7b;
export type ValueType = typeof i32 | typeof v128;

/** One after another. */
export const codeOf = (...parts: readonly Code[]): Code => parts.flat();

/** LEB128. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function signed(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const isLast = rest >= -0x40 && rest < 0x40;
    if (isLast) return [...bytes, rest & 0x7f];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

const simd = (operation: number): Code => [0xfd, ...unsigned(operation)];
/** The alignment is a hint; 2 promises that of a word. */
const at = (offset: number): Code => [2, ...unsigned(offset)];

export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  constant: (value: number): Code => [0x41, ...signed(value)],
  /** `body` leaves a number: not 0 goes round again. */
  loopWhile: (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0, 0x0b],
  lessThan: [0x49],
} as const;

export const word = {
  load: (offset: number): Code => [0x28, ...at(offset)],
  store: (offset: number): Code => [0x36, ...at(offset)],
  add: [0x6a],
  and: [0x71],
  or: [0x72],
  xor: [0x73],
  rotateLeft: [0x77],
} as const;

/** Of four words side by side. */
export const vector = {
  load: (offset: number): Code => [...simd(0x00), ...at(offset)],
  /** One word four times. */
  loadSplat: (offset: number): Code => [...simd(0x09), ...at(offset)],
  store: (offset: number): Code => [...simd(0x0b), ...at(offset)],
  /** `words`: 0 to 3 of the first operand, 4 to 7 of the second. */
  shuffle: (words: readonly number[]): Code => [
    ...simd(0x0d),
    ...words.flatMap((which) => [0, 1, 2, 3].map((byte) => which * 4 + byte)),
  ],
  not: simd(0x4d),
  and: simd(0x4e),
  andNot: simd(0x4f),
  or: simd(0x50),
  xor: simd(0x51),
  shiftLeft: simd(0xab),
  shiftRight: simd(0xad),
  add: simd(0xae),
} as const;

export interface ModuleFunction {
  readonly name: string;
  /** Beside the parameter, which is local 0. */
  readonly locals: readonly { count: number; type: ValueType }[];
  readonly code: Code;
}

const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const section = (id: number, bytes: Code): Code => [id, ...sized(bytes)];
const text = (value: string): Code => sized([...Buffer.from(value)]);

/** A module that imports `env.memory` and exports functions that take a number and return nothing. */
export function writeModule(functions: readonly ModuleFunction[]): Uint8Array {
  const bodies = functions.map(({ locals, code }) => {
    const declared = locals.map(({ count, type }) => [...unsigned(count), type]);
    return sized([...list(declared), ...code, 0x0b]);
  });
  const magicAndVersion = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from(
    codeOf(
      magicAndVersion,
      section(1, list([[0x60, 1, i32, 0]])),
      section(2, list([codeOf(text("env"), text("memory"), [2, 0, 1])])),
      section(3, list(functions.map(() => [0]))),
      section(7, list(functions.map(({ name }, i) => codeOf(text(name), [0], unsigned(i))))),
      section(10, list(bodies)),
    ),
  );
}
