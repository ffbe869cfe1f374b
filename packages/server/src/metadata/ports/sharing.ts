import type { ShareStore } from "../../core/sharing/share-store.ts";
import type { Backend } from "./backend.ts";
import * as reads from "../stores/share-reads.ts";

export function createShareStore({ reader, write }: Backend): ShareStore {
  return {
    create: (input) => write("createShare", input),
    find: (id) => reads.findShare(reader, id),
    findByTokenHash: (hash) => reads.findShareByTokenHash(reader, hash),
    list: (input) => reads.listShares(reader, input),
    change: (input) => write("changeShare", input),
    revoke: (input) => write("revokeShare", input),
    takeDownload: (input) => write("takeShareDownload", input),
    takeBytes: (input) => write("takeShareBytes", input),
    returnBytes: (input) => write("returnShareBytes", input),
    leave: (input) => write("leaveShare", input),
    strayUploads: (limit) => reads.findStrayUploads(reader, limit),
    releaseUploads: (now) => write("releaseUploads", { now }),
    openUploads: (id) => reads.findOpenUploads(reader, id),
    recordUpload: (input) => write("recordShareUpload", input),
    recordVisit: (input) => write("recordShareVisit", input),
    grantsTo: (input) => reads.listGrantsTo(reader, input),
    ownersSharing: (input) => reads.findOwnersSharing(reader, input),
    grantsOn: (input) => reads.findGrantsOn(reader, input),
  };
}
