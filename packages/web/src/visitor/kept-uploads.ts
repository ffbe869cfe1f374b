import { createKeep } from "../state/keep.ts";

/** Which uploads were begun through a link, for as long as the tab lives: a file that is added again after a reload goes on. */
export function keepUploads(shareToken: string) {
  const keep = createKeep(() => sessionStorage);
  const key = `sampan.link.${shareToken}`;
  return {
    read(): Readonly<Record<string, string>> {
      const text = keep.read(key);
      return text === null ? {} : parse(text);
    },
    write(uploads: Readonly<Record<string, string>>): void {
      const isEmpty = Object.keys(uploads).length === 0;
      keep.write(key, isEmpty ? null : JSON.stringify(uploads));
    },
  };
}

function parse(text: string): Readonly<Record<string, string>> {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== "object" || found === null) return {};
    const ids = Object.entries(found).filter(([, id]) => typeof id === "string");
    return Object.fromEntries(ids);
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
