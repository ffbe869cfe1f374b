import {
  attachUpload,
  beginFetch,
  cancelFetch,
  createFetch,
  endFetch,
  postponeFetch,
  purgeFetches,
  removeFetch,
  restartFetch,
} from "./fetch-writes.ts";

export const fetchCommands = {
  createFetch,
  beginFetch,
  attachUpload,
  postponeFetch,
  endFetch,
  cancelFetch,
  restartFetch,
  removeFetch,
  purgeFetches,
};
