/**
 * Everything that must not outlive the harness (processes, mounts, loop devices) registers an undo
 * here. Undo steps are synchronous, because `process.on("exit")` waits for nothing else, and run in
 * reverse order: a server is killed before its file system is unmounted.
 */
const undoSteps = new Set<() => void>();
let installed = false;

/** Returns a function that forgets the step (call it once the thing is gone). */
export function onCleanup(undo: () => void): () => void {
  install();
  undoSteps.add(undo);
  return () => undoSteps.delete(undo);
}

function runCleanup(): void {
  for (const undo of [...undoSteps].toReversed()) {
    undoSteps.delete(undo);
    try {
      undo();
    } catch (error) {
      process.stderr.write(`clean-up: ${String(error)}\n`);
    }
  }
}

function install(): void {
  if (installed) return;
  installed = true;
  process.on("exit", runCleanup);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(130));
  }
}
