import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Written beside the server's log, so that a later run can find a server that was left behind. */
export const PID_FILE = "server.pid";

/**
 * A harness that was itself killed could not clean up. Its folders carry its process id: when that
 * process is gone, what it left mounted is unmounted and the server it left running is ended. The
 * folders stay; they may be evidence.
 */
export function removeStale(workDir: string): void {
  for (const name of readdirSync(workDir)) {
    const pid = Number(/^[a-z-]+-(\d+)-/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || existsSync(`/proc/${pid}`)) continue;
    const folder = join(workDir, name);
    endServer(folder);
    for (const layout of readdirSync(folder)) endServer(join(folder, layout));
    for (const path of mountsBelow(folder)) spawnSync("umount", ["-l", path]);
  }
}

function endServer(folder: string): void {
  try {
    const pid = Number(readFileSync(join(folder, PID_FILE), "utf8"));
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    // The number may belong to someone else by now.
    const environ = readFileSync(`/proc/${pid}/environ`, "utf8");
    if (command.includes("src/main.ts") && environ.includes(folder)) process.kill(pid, "SIGKILL");
  } catch {
    // No such file, or no such process: nothing was left behind.
  }
}

function mountsBelow(folder: string): string[] {
  if (!existsSync("/proc/mounts")) return [];
  return readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${folder}/`));
}
