import type { DetailsTexts } from "./words-english.ts";

export const chinese: DetailsTexts = {
  kind: "类型",
  folder: "文件夹",
  unknownKind: "未知",
  size: "大小",
  modified: "修改时间",
  created: "添加时间",
  owner: "共享者",
  digest: "SHA-256",
  versions: "版本",
  current: "当前版本",
  version: (number) => `版本 ${number}`,
  download: (number) => `下载版本 ${number}`,
  restore: "恢复",
  restoreOne: (number) => `恢复版本 ${number}`,
  restored: (number) => `已恢复到版本 ${number}。`,
  noVersions: "没有更早的版本。",
};
