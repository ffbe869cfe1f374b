import type { StoredFile } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { toFailure } from "../transfers/failure.ts";

/** What can be done to a file. What does not work, a notice says. */
export function useFileActions({ files, usage, notices, download }: Services) {
  return {
    async download(file: StoredFile): Promise<void> {
      try {
        await download(file);
      } catch (error) {
        const failure = toFailure(error);
        notices.show(({ t, format }) =>
          t.files.downloadFailed(file.name, t.explain(failure, format)),
        );
      }
    },
    /** True when it is gone. */
    async remove(file: StoredFile): Promise<boolean> {
      try {
        await files.remove(file.id);
        usage.refresh();
        return true;
      } catch (error) {
        const failure = toFailure(error);
        notices.show(({ t, format }) =>
          t.files.deleteFailed(file.name, t.explain(failure, format)),
        );
        return false;
      }
    },
  };
}
