import { DEFAULT_URL } from "./connection.ts";

export const HELP = `Usage: sampan COMMAND [options]

  put PATH… [--to /FOLDER]
                          send files and folders; an interrupted put is continued by the next
  get PATH|NAME|ID [-o PATH]
                          fetch a file or a folder, verified; --zip as one zip
  ls [PATH]               list a folder
  mkdir PATH…             make folders
  mv PATH… TARGET         move or rename
  cp PATH… TARGET         copy on the server
  rm PATH…                move to the trash; --permanent deletes
  trash [list]            show the trash
  trash restore NAME|ID… | empty
  uploads [list]          show open uploads, or others by --state, --name, …
  uploads resume|pause|abort ID|NAME…
  uploads clean           clear away the records of what has ended
  offline URL…            have the server fetch URLs into the drive
  offline [list]          show offline downloads
  offline cancel|retry|forget ID…
  check                   verify everything that is stored
  login NAME              sign in and stay so; logout, whoami
  serve [options]         run the server
  config [options]        show the server's configuration
  admin token [--rotate]  show or replace the owner's token

Options of all commands that talk to a server:
  --url URL      the server (SAMPAN_URL; default ${DEFAULT_URL})
  --token TOKEN  its token (SAMPAN_TOKEN; default: that of sampan login, then owner.token
                 in SAMPAN_DATA_DIR or ./data)
  --json         one JSON object a line, for scripts
  -h, --help     more about a command

Exit codes: 0 done, 1 something failed, 2 wrong usage or configuration, 130 interrupted (Ctrl-C),
143 terminated.`;
