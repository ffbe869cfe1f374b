const files = (count: number): string => (count === 1 ? "1 file" : `${count} files`);

export const english = {
  sharedBy: (owner: string) => `Shared by ${owner}`,
  until: (when: string) => `until ${when}`,
  downloadsLeft: (count: number) =>
    count === 1 ? "1 download left" : count === 0 ? "no downloads left" : `${count} downloads left`,
  lookOnly: "Only to look: downloads are turned off.",
  toDrive: "My files",
  download: "Download",
  downloadAll: "Download all",
  save: "Save to my drive",
  saved: (count: number, name: string) =>
    count === 1 ? `“${name}” is in your files.` : `${count} items are in your files.`,
  saving: "Saving…",
  takenBack: "It is in your trash.",
  show: "Show",
  signInLead: "Sign in, and it is saved to your files.",
  signInBack: "Back to what is shared",
  emptyFolder: "This folder is empty.",
  locked: {
    title: "This link has a password",
    lead: "Whoever sent it to you can tell you.",
    password: "Password",
    open: "Open",
  },
  gone: {
    title: "There is nothing here",
    lead: "The link has ended, was taken back, or is incomplete. Ask whoever sent it for a new one.",
  },
  spent: {
    title: "All downloads are used up",
    lead: "This link allowed a certain number. Ask whoever sent it for a new one.",
  },
  wait: { title: "Too many attempts" },
  failed: { title: "It cannot be shown now" },
  tryAgain: "Try again",
  request: {
    title: (owner: string) => `${owner} asks you for files`,
    into: (folder: string) => `They go to the folder “${folder}”.`,
    drop: "Drop files or folders here",
    choose: "Choose files",
    chooseFolder: "Choose a folder",
    room: (left: string) => `${left} still fit, all files together.`,
    full: "There is no room for more. Tell whoever asked you.",
    privacy: (owner: string) =>
      `${owner} sees what you send. You do not see what others have sent.`,
    sent: (count: number) => `${files(count)} sent. Thank you!`,
    more: "You can send more, or close this page.",
    tooLarge: (name: string, left: string) => `“${name}” does not fit: ${left} are left.`,
    dropNow: "Drop to send",
  },
};

export type VisitorTexts = typeof english;
