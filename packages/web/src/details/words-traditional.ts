import type { DetailsTexts } from "./words-english.ts";

export const traditional: DetailsTexts = {
  kind: "類型",
  folder: "資料夾",
  unknownKind: "未知",
  size: "大小",
  modified: "修改時間",
  created: "新增時間",
  owner: "共用者",
  digest: "SHA-256",
  versions: "版本",
  current: "目前版本",
  version: (number) => `版本 ${number}`,
  download: (number) => `下載版本 ${number}`,
  restore: "還原",
  restoreOne: (number) => `還原版本 ${number}`,
  restored: (number) => `已還原到版本 ${number}。`,
  noVersions: "沒有更早的版本。",
};
