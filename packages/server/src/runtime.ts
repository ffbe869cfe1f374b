/**
 * Options that a process can only be born with. The server replaces its own image once, in place (same pid, same descriptors), so that
 * they hold however it was started.
 */

/**
 * Young objects get little room, and old garbage is collected at a fifth more than what lives, not at twice: a thousand slow uploads then
 * cost a quarter less memory. Bytes in flight do not live there anyway.
 */
const nodeOptions = ["--max-semi-space-size=4", "--heap-growing-percent=20"];

const environment = {
  /** Flushes block a thread each, and must not hold up writes and reads. */
  UV_THREADPOOL_SIZE: "16",
  /** With one arena a thread, what many threads have freed stays with the process. */
  MALLOC_ARENA_MAX: "2",
};

const marker = "SAMPAN_RUNTIME";

/** Returns only in a process that has the options, or where processes cannot be replaced. */
export function ensureRuntime({ cacheFolder }: { cacheFolder: string }): void {
  const { execve } = process;
  if (process.env[marker] !== undefined || execve === undefined) {
    delete process.env[marker];
    return;
  }
  const [, script = ""] = process.argv;
  const args = [
    process.execPath,
    ...nodeOptions,
    ...process.execArgv,
    script,
    ...process.argv.slice(2),
  ];
  execve.call(process, process.execPath, args, {
    ...environment,
    // Stripped and compiled sources are kept for the next start and for worker threads: half the start-up time. In the data
    // folder, because a shared temporary folder would let others put code there.
    NODE_COMPILE_CACHE: cacheFolder,
    ...process.env,
    [marker]: "1",
  });
}
