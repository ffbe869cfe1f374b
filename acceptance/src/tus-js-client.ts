/** The stock client, unmodified; its declarations leave out what it exports for Node. */
import * as client from "tus-js-client";

export { Upload } from "tus-js-client";

type UrlStorage = NonNullable<client.UploadOptions["urlStorage"]>;

interface NodeExports {
  readonly FileUrlStorage: new (path: string) => UrlStorage;
}

export const { FileUrlStorage } = client as unknown as NodeExports;
