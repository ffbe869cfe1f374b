import {
  changeShare,
  createShare,
  recordShareUpload,
  recordShareVisit,
  returnShareBytes,
  returnShareDownload,
  revokeShare,
  takeShareBytes,
  takeShareDownload,
} from "./share-writes.ts";

export const sharingCommands = {
  createShare,
  changeShare,
  revokeShare,
  takeShareDownload,
  returnShareDownload,
  takeShareBytes,
  returnShareBytes,
  recordShareUpload,
  recordShareVisit,
};
