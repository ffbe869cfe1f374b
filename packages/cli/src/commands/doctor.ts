import { connectionOptions, serverUrl } from "../connection.ts";
import { examineAccount } from "../doctor/examine-account.ts";
import { examineMachine } from "../doctor/examine-machine.ts";
import { examineServer } from "../doctor/examine-server.ts";
import type { Finding } from "../doctor/finding.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { printJson, printLine, type CommandContext, type Output } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { printable } from "../terminal/format.ts";

export const doctorHelp = `Usage: sampan doctor [--url URL] [--json]

Looks for what keeps the other commands from working: this machine, the way to the server, the
server's health, its clock, your account, room and tokens. It changes nothing. Exits 1 when
something is wrong, and says what to do about it. (sampan check reads all that is stored; sampan
config shows what the server is set to.)`;

export async function doctor({ argv, env, output, signal }: CommandContext): Promise<number> {
  const config = { args: argv, options: connectionOptions, allowPositionals: true } as const;
  const { values, positionals } = parseFlags(config);
  if (positionals.length > 0) throw new UsageError("doctor takes no names");
  const isJson = values.json === true;
  let isWell = true;
  const tell = (findings: readonly Finding[]): void => {
    for (const finding of findings) {
      if (finding.status === "problem") isWell = false;
      if (isJson) printJson(output, finding);
      else printFinding(output, finding);
    }
  };
  tell(await examineMachine(env));
  const { findings, isThere } = await examineServer(serverUrl(values, env), signal);
  tell(findings);
  if (isThere) tell(await examineAccount({ flags: values, env, signal }));
  return isWell ? EXIT.ok : EXIT.failed;
}

const MARKS = { ok: "✓", warning: "!", problem: "✗" } as const;

function printFinding(output: Output, { check, status, detail, advice }: Finding): void {
  printLine(output, printable(`${MARKS[status]} ${check.padEnd(14)}${detail}`));
  if (advice !== undefined) printLine(output, `${" ".repeat(16)}→ ${advice}`);
}
