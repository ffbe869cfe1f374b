/** Names that no file may have, with what is wrong about them. */
export const hostileNames: [string, string][] = [
  ["a way up", "../x"],
  ["a way up for Windows", "..\\x"],
  ["a drive", "C:\\x"],
  ["an absolute path", "/etc/passwd"],
  ["NUL", "a\0b"],
  ["CR and LF", "a\r\nset-cookie: b"],
  ["a control character", "a\u0007b"],
  ["256 bytes", "a".repeat(256)],
  ["this folder", "."],
  ["the folder above", ".."],
  ["a dot at the end", "a."],
  ["a space at the end", "a "],
  ["right-to-left override", "a\u202egpj.exe"],
  ["half a surrogate pair", "a\ud800"],
];
