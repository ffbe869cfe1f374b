/** Files with the folder they lie in, relative to what was dropped or chosen; "" for those that were dropped themselves. */
export interface FoundFiles {
  readonly folderPath: string;
  /** Without any: the folder is there all the same. */
  readonly files: readonly File[];
}

/**
 * What was dropped, as it is found: a large tree begins to upload long before it is read. Entries must be taken from the drop event at once;
 * reading them may take its time.
 */
export async function* readEntries(
  entries: readonly FileSystemEntry[],
): AsyncGenerator<FoundFiles> {
  const waiting: { folderPath: string; entries: readonly FileSystemEntry[] }[] = [
    { folderPath: "", entries },
  ];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { folderPath } = next;
    const files: File[] = [];
    for (const entry of next.entries) {
      if (isFileEntry(entry)) files.push(await readFile(entry));
      else if (isFolderEntry(entry)) {
        const path = folderPath === "" ? entry.name : `${folderPath}/${entry.name}`;
        waiting.push({ folderPath: path, entries: await readFolder(entry) });
      }
    }
    if (files.length > 0 || folderPath !== "") yield { folderPath, files };
  }
}

/** What an `<input>` gave: a chosen folder's files say where they lie. */
export function groupByFolder(files: readonly File[]): FoundFiles[] {
  const groups = Map.groupBy(files, ({ webkitRelativePath: path }) =>
    path.slice(0, Math.max(0, path.lastIndexOf("/"))),
  );
  return [...groups].map(([folderPath, some]) => ({ folderPath, files: some }));
}

/** A browser hands out a hundred at a time, and nothing when there is no more. */
async function readFolder(entry: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = entry.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function readFile(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function isFileEntry(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolderEntry(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
