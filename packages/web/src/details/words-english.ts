export const english = {
  kind: "Kind",
  folder: "Folder",
  unknownKind: "Unknown",
  size: "Size",
  modified: "Modified",
  created: "Added",
  owner: "Shared by",
  digest: "SHA-256",
  versions: "Versions",
  current: "Current",
  version: (number: number) => `Version ${number}`,
  download: (number: number) => `Download version ${number}`,
  restore: "Restore",
  restoreOne: (number: number) => `Restore version ${number}`,
  restored: (number: number) => `Version ${number} is the current one again.`,
  noVersions: "There are no earlier versions.",
};

export type DetailsTexts = typeof english;
