/** Where the file of a finished task is fetched: with the sign-in of the task and go-uploader APIs, which may be none (`compatAnonymous`). */

/** The name in it is for people: the file is found by its id. */
export function formatDownloadUrl({ id, name }: { id: string; name: string }): string {
  return `/uploads/${id}/${encodeURIComponent(name)}`;
}
