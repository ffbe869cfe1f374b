/**
 * The server under test. By default a real process on a folder of its own, which tests may kill and start again; with
 * SAMPAN_ACCEPTANCE_URL and SAMPAN_ACCEPTANCE_TOKEN, one that runs already, and then the tests that need a process are skipped.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";

export interface Target {
  readonly url: string;
  readonly token: string;
}

export interface Server extends Target {
  /** Of a server of ours; a remote one's is not known. */
  readonly dataFolder: string;
  /** The link that the first start printed, by which the owner gets a name. */
  readonly setUpLink: string;
  /** SIGKILL: nothing gets to be flushed or said. */
  kill(): Promise<void>;
  /** SIGTERM, and the end of the process. */
  stop(): Promise<void>;
  /** Again, on the same folder and port. */
  start(): Promise<void>;
}

export type Settings = Readonly<Record<`SAMPAN_${string}`, string>>;

const entry = fileURLToPath(new URL("../../packages/server/src/main.ts", import.meta.url));
const { SAMPAN_ACCEPTANCE_URL: remoteUrl, SAMPAN_ACCEPTANCE_TOKEN: remoteToken } = process.env;

/** For `describe.skipIf`: these tests start servers of their own, with settings of their own or to be killed. */
export const isRemote = remoteUrl !== undefined;

/** A server for the tests of this file or block: started before them, removed after them. */
export function useServer(settings: Settings = {}): Server {
  let running: Running | undefined;
  const get = (): Running => {
    if (!running) throw new Error("the server is there once tests run");
    return running;
  };
  beforeAll(async () => {
    running = await open(settings);
  });
  afterAll(() => running?.dispose());
  return {
    get url() {
      return get().url;
    },
    get token() {
      return get().token;
    },
    get dataFolder() {
      const { dataFolder } = get();
      if (dataFolder === undefined) throw new Error("not a server of ours");
      return dataFolder;
    },
    get setUpLink() {
      const { setUpLink } = get();
      if (setUpLink === undefined) throw new Error("not a server of ours");
      return setUpLink;
    },
    kill: () => get().end("SIGKILL"),
    stop: () => get().end("SIGTERM"),
    start: () => get().start(),
  };
}

interface Running extends Target {
  readonly dataFolder?: string;
  readonly setUpLink?: string | undefined;
  end(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  dispose(): Promise<void>;
}

async function open(settings: Settings): Promise<Running> {
  if (remoteUrl !== undefined) return openRemote(remoteUrl);
  const folder = await mkdtemp(join(tmpdir(), "sampan-acceptance-"));
  const data = join(folder, "data");
  let child = await spawnServer({ folder, data, port: "0", settings });
  const { url } = child;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.process.kill(signal);
    await child.exited;
  };
  return {
    url,
    dataFolder: data,
    setUpLink: await child.setUpLink,
    token: (await readFile(join(data, "owner.token"), "utf8")).trim(),
    end,
    async start() {
      child = await spawnServer({ folder, data, port: new URL(url).port, settings });
    },
    async dispose() {
      await end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function openRemote(url: string): Running {
  if (remoteToken === undefined) throw new Error("SAMPAN_ACCEPTANCE_TOKEN is missing");
  const refuse = (): Promise<never> => Promise.reject(new Error("not a server of ours to end"));
  return { url, token: remoteToken, end: refuse, start: refuse, dispose: () => Promise.resolve() };
}

async function spawnServer({
  folder,
  data,
  port,
  settings,
}: {
  folder: string;
  data: string;
  port: string;
  settings: Settings;
}): Promise<{
  process: ChildProcess;
  exited: Promise<void>;
  url: string;
  setUpLink: Promise<string>;
}> {
  // Nothing of this process's own settings, and no config.json of the folder it runs in.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("SAMPAN_"));
  const child = spawn(process.execPath, [entry], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...Object.fromEntries(inherited),
      SAMPAN_DATA_DIR: data,
      SAMPAN_PORT: port,
      SAMPAN_LOG_LEVEL: "warn",
      ...settings,
    },
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  // A test run that is cut short must not leave servers behind.
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  void exited.then(() => process.off("exit", endWithUs));
  let printed = "";
  child.stdout.setEncoding("utf8");
  const findPrinted = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      child.stdout.on("data", () => {
        const found = pattern.exec(printed)?.[1];
        if (found !== undefined) resolve(found);
      });
      void exited.then(() => reject(new Error(`the server ended before it listened:\n${log}`)));
    });
  child.stdout.on("data", (text: string) => (printed += text));
  const setUpLink = findPrinted(/(http:\S+\/setup#\S+)\n/);
  // A start whose owner has a name prints none, and ends without.
  setUpLink.catch(() => undefined);
  const url = await findPrinted(/listening on (http:\S+)\n/);
  return { process: child, exited, url, setUpLink };
}
