/** serve-tus-server.ts <port> <folder>: the README's standalone server, nothing set beyond it. */
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

const [port, directory] = process.argv.slice(2);
if (port === undefined || directory === undefined) throw new Error("needs a port and a folder");

const server = new Server({ path: "/files", datastore: new FileStore({ directory }) });
server.listen({ host: "127.0.0.1", port: Number(port) });
