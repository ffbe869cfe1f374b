import { DEFAULT_URL } from "./connection.ts";

export const HELP = `Usage: sampan COMMAND [options]

Files
  put PATH… [--to /FOLDER]     send files and folders; an interrupted put is continued by the next
  get PATH|NAME|ID [-o PATH]   fetch a file or a folder, verified; --zip as one zip
  ls [PATH]                    list a folder; --recent, --starred
  mkdir PATH…                  make folders
  mv PATH… TARGET              move or rename
  cp PATH… TARGET              copy on the server
  rm PATH…                     move to the trash; --permanent deletes
  trash [list]                 show the trash; trash restore NAME|ID…, trash empty
  search TEXT                  find by any part of the name
  versions PATH                earlier versions of a file; versions restore PATH NUMBER
  star PATH…, unstar PATH…     mark, and take the mark away

Sharing
  share PATH                   make a link: --password, --expires, --downloads, --preview-only
  share PATH --request         a link that takes files
  share PATH --with USER       share with an account: --edit
  shares                       what you share, and what others share with you; log, change, qr
  unshare SHARE…               end it at once
  get LINK, ls LINK            what a link shares, without an account
  save LINK [--to /FOLDER]     save it to your own drive, on the server
  put FILE… --link LINK        send files to whoever asks for them

Transfers
  uploads [list]               show open uploads, or others by --state, --name, …
  uploads resume|pause|abort ID|NAME…, uploads clean
  offline URL…                 have the server fetch URLs into the drive
  offline [list], offline cancel|retry|forget ID…

Account and server
  login NAME                   sign in and stay so; logout, whoami
  token [list]                 API tokens; token create NAME, token revoke ID|NAME…
  doctor                       find out what is wrong, and what to do about it
  check                        verify everything that is stored
  serve [options]              run the server
  config [options]             show the server's configuration
  admin users|user|invite|reset|audit|token|…

Wherever a PATH is asked for, @ann/Photos is what ann shares with you. A name of your own that begins
with @ is reached as /@….

Options of all commands that talk to a server:
  --url URL      the server (SAMPAN_URL; default ${DEFAULT_URL})
  --token TOKEN  its token (SAMPAN_TOKEN; default: that of sampan login, then owner.token
                 in SAMPAN_DATA_DIR or ./data)
  --json         one JSON object a line, for scripts
  -h, --help     more about a command

Exit codes: 0 done, 1 something failed, 2 wrong usage or configuration, 130 interrupted (Ctrl-C),
143 terminated.`;
