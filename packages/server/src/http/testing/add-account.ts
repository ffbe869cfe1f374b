/** `node add-account.ts <data folder>` prints the token of a new account: for tests of a server in a process of its own. */
import { addAccount } from "./accounts.ts";

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("name the data folder");
process.stdout.write((await addAccount({ folder })).token);
