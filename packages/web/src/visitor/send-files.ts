import { blobSource } from "@sampan/sdk";
import { toFailure } from "../transfers/failure.ts";
import { groupByFolder, readEntries, type FoundFiles } from "../transfers/read-entries.ts";
import type { PlacedSource } from "../transfers/sources.ts";
import type { Dropped } from "../ui/use-file-drop.ts";
import { nameForRequest } from "./name-for-request.ts";
import type { VisitorServices } from "./visitor-services.ts";
import { visitorWords } from "./words.ts";

/** What is chosen or dropped goes to whoever asked, as far as there is room. */
export function createSendFiles({ transfers, notices, visit, hash }: VisitorServices) {
  function readBytesLeft(): number | null {
    const state = visit.get();
    return state.kind === "open" && state.link.kind === "request" ? state.link.bytesLeft : null;
  }

  function add({ folderPath, files }: FoundFiles): void {
    const bytesLeft = readBytesLeft();
    const fitting = files.filter((file) => {
      const fits = bytesLeft === null || file.size <= bytesLeft;
      if (!fits) {
        notices.show(({ language, format }) =>
          visitorWords[language].request.tooLarge(file.name, format.bytes(bytesLeft)),
        );
      }
      return fits;
    });
    transfers.add(
      fitting.map((file) => ({
        ...toSource(file, folderPath),
        sha256: (options) => hash(file, options),
      })),
    );
  }
  async function addAll(found: AsyncIterable<FoundFiles> | Iterable<FoundFiles>): Promise<void> {
    try {
      for await (const some of found) add(some);
    } catch (error) {
      const failure = toFailure(error);
      notices.show(({ t, format }) => t.files.dropFailed(t.explain(failure, format)));
    }
  }
  return {
    chosen: (files: readonly File[]): void => void addAll(groupByFolder(files)),
    async dropped({ entries, files }: Dropped): Promise<void> {
      await addAll(groupByFolder(files));
      await addAll(readEntries(entries));
    },
  };
}

function toSource(file: File, folderPath: string): PlacedSource {
  const path = folderPath === "" ? file.name : `${folderPath}/${file.name}`;
  return { ...blobSource(file, { name: nameForRequest(path), path }), parentId: "" };
}
