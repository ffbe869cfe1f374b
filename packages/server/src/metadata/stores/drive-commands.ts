/** The writes of the drive. */
import { makeFolders } from "./node-folders.ts";
import { setStar } from "./node-marks.ts";
import { changeNode, moveNodes } from "./node-moves.ts";
import { restoreNodes, trashNodes } from "./node-trash.ts";
import { expireVersions, removeVersion, restoreVersion } from "./node-versions.ts";
import { indexNames } from "./name-index.ts";
import { copyNodes } from "./tree-copy.ts";
import { emptyTrash, expireTrash, removeNodes } from "./tree-delete.ts";
import { advanceTreeJob, endTreeJob, purgeTreeJobs } from "./tree-job-writes.ts";

export const driveCommands = {
  makeFolders,
  changeNode,
  moveNodes,
  copyNodes,
  trashNodes,
  restoreNodes,
  removeNodes,
  emptyTrash,
  expireTrash,
  expireVersions,
  restoreVersion,
  removeVersion,
  setStar,
  advanceTreeJob,
  /** The same of a job that deletes: on a full disk, only these may go on. */
  clearTreeJob: advanceTreeJob,
  endTreeJob,
  purgeTreeJobs,
  indexNames,
};
