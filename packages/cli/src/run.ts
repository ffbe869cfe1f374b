import { hasCode } from "@sampan/sdk";
import { admin, adminHelp } from "./commands/admin.ts";
import { check, checkHelp } from "./commands/check.ts";
import { cp, cpHelp, mkdir, mkdirHelp, mv, mvHelp, trash, trashHelp } from "./commands/drive.ts";
import { doctor, doctorHelp } from "./commands/doctor.ts";
import { get, getHelp } from "./commands/get.ts";
import { login, loginHelp, logout, whoami } from "./commands/login.ts";
import { ls, lsHelp } from "./commands/ls.ts";
import { offline, offlineHelp } from "./commands/offline.ts";
import { put, putHelp } from "./commands/put.ts";
import { rm, rmHelp } from "./commands/rm.ts";
import { save, saveHelp } from "./commands/save.ts";
import { config, configHelp, serve, serveHelp } from "./commands/serve.ts";
import { search, searchHelp } from "./commands/search.ts";
import { share, shareHelp } from "./commands/share.ts";
import { shares, sharesHelp, unshare, unshareHelp } from "./commands/shares.ts";
import { star, starHelp, unstar } from "./commands/star.ts";
import { token, tokenHelp } from "./commands/token.ts";
import { uploads, uploadsHelp } from "./commands/uploads.ts";
import { versions, versionsHelp } from "./commands/versions.ts";
import { EXIT, UsageError } from "./exit-codes.ts";
import { explain } from "./explain.ts";
import { HELP } from "./help.ts";
import { Interrupted } from "./interrupt.ts";
import { complain, printLine, type Command, type CommandLine, type Output } from "./output.ts";
import { printable } from "./terminal/format.ts";

/** These become the server: its signals and its exit code are its own. */
const SERVER_COMMANDS: ReadonlyMap<string, { run: ServerCommand; help: string }> = new Map([
  ["serve", { run: serve, help: serveHelp }],
  ["config", { run: config, help: configHelp }],
]);

type ServerCommand = (argv: readonly string[]) => Promise<number>;

const COMMANDS: ReadonlyMap<string, { run: Command; help: string }> = new Map([
  ["put", { run: put, help: putHelp }],
  ["get", { run: get, help: getHelp }],
  ["ls", { run: ls, help: lsHelp }],
  ["rm", { run: rm, help: rmHelp }],
  ["mkdir", { run: mkdir, help: mkdirHelp }],
  ["mv", { run: mv, help: mvHelp }],
  ["cp", { run: cp, help: cpHelp }],
  ["trash", { run: trash, help: trashHelp }],
  ["search", { run: search, help: searchHelp }],
  ["versions", { run: versions, help: versionsHelp }],
  ["star", { run: star, help: starHelp }],
  ["unstar", { run: unstar, help: starHelp }],
  ["share", { run: share, help: shareHelp }],
  ["shares", { run: shares, help: sharesHelp }],
  ["unshare", { run: unshare, help: unshareHelp }],
  ["save", { run: save, help: saveHelp }],
  ["uploads", { run: uploads, help: uploadsHelp }],
  ["offline", { run: offline, help: offlineHelp }],
  ["check", { run: check, help: checkHelp }],
  ["doctor", { run: doctor, help: doctorHelp }],
  ["token", { run: token, help: tokenHelp }],
  ["login", { run: login, help: loginHelp }],
  ["logout", { run: logout, help: loginHelp }],
  ["whoami", { run: whoami, help: loginHelp }],
  ["admin", { run: admin, help: adminHelp }],
]);

/** Commands whose interrupted work is continued by the same command. */
const RESUMABLE: ReadonlySet<string> = new Set(["put", "get"]);

/** Runs one command line; resolves to the exit code and never rejects. */
export async function run(line: CommandLine): Promise<number> {
  const { env, output } = line;
  const [name, ...argv] = line.argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    printLine(output, findHelp(argv[0]) ?? HELP);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const help = findHelp(name);
  if (help === undefined) {
    complain(output, `there is no command "${printable(name)}"; see sampan --help`);
    return EXIT.usage;
  }
  if (asksForHelp(argv)) {
    printLine(output, help);
    return EXIT.ok;
  }
  try {
    const asServer = SERVER_COMMANDS.get(name);
    if (asServer !== undefined) return await asServer.run(argv);
    const signal = line.abortOnSignals();
    return (await COMMANDS.get(name)?.run({ argv, env, output, signal })) ?? EXIT.usage;
  } catch (error) {
    return report(error, { name, output });
  }
}

function findHelp(name = ""): string | undefined {
  return (COMMANDS.get(name) ?? SERVER_COMMANDS.get(name))?.help;
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

function report(error: unknown, { name, output }: { name: string; output: Output }): number {
  if (error instanceof Interrupted) {
    const isResumable = RESUMABLE.has(name);
    complain(output, isResumable ? `stopped; the same ${name} continues from here` : "stopped");
    return error.exitCode;
  }
  complain(output, explain(error));
  return error instanceof UsageError || hasCode(error, "unauthenticated")
    ? EXIT.usage
    : EXIT.failed;
}
