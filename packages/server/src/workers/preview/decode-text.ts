/** Text out of bytes whose encoding nobody has named: UTF-8, UTF-16, GB18030, and Windows-1252 where nothing else fits. */

/** Controls other than tab, line feed, vertical tab, form feed, carriage return and escape: text has none. */
const BINARY = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/;

/** Undefined where this is no text. With `isCut`, the last character may lack its end. */
export function decodeText(bytes: Uint8Array, { isCut }: { isCut: boolean }): string | undefined {
  for (const encoding of candidates(bytes)) {
    const text = decode(bytes, { encoding, isCut });
    if (text !== undefined) return BINARY.test(text) ? undefined : text;
  }
  return undefined;
}

function candidates(bytes: Uint8Array): string[] {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return ["utf-16le"];
  if (first === 0xfe && second === 0xff) return ["utf-16be"];
  const zeros = [0, 0];
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0) zeros[i % 2]!++;
  // Latin text in UTF-16 has a zero in most pairs, always on the same side.
  const most = bytes.length * 0.2;
  if (zeros[1]! > most && zeros[0] === 0) return ["utf-16le"];
  if (zeros[0]! > most && zeros[1] === 0) return ["utf-16be"];
  return ["utf-8", "gb18030", "windows-1252"];
}

function decode(
  bytes: Uint8Array,
  { encoding, isCut }: { encoding: string; isCut: boolean },
): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: isCut });
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
