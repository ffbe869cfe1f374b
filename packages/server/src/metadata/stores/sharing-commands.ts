import { leaveShare, revokeShare } from "./share-ends.ts";
import {
  changeShare,
  createShare,
  recordShareUpload,
  recordShareVisit,
  returnShareBytes,
  takeShareBytes,
  takeShareDownload,
} from "./share-writes.ts";

import { releaseUploads } from "./upload-charges.ts";

export const sharingCommands = {
  createShare,
  changeShare,
  revokeShare,
  leaveShare,
  releaseUploads,
  takeShareDownload,
  takeShareBytes,
  returnShareBytes,
  recordShareUpload,
  recordShareVisit,
};
