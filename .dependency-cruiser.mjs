// The layers of the house as rules. Arrows point one way: adapters → core, clients → SDK.
// Test code (below) may reach further: a test is allowed to put an adapter behind a port.

import { Visitor } from "@swc/core/Visitor.js";

// swc parses `using` declarations, but its tree visitor, which dependency-cruiser walks with, refuses
// them: "Unknown statement type". They are visited here like the variables they declare.
// oxlint-disable-next-line typescript/no-deprecated -- it is what dependency-cruiser uses
const { prototype } = Visitor;
const { visitStatement } = prototype;
prototype.visitStatement = function (statement) {
  if (statement.type !== "UsingDeclaration") return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

const tests = "[.](test|suite)[.]tsx?$|/(testing|fixtures)/";
const server = "^packages/server/src/";
const npm = ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-bundled", "npm-no-pkg"];

/** One driver, one home: from anywhere else it is reached through the port. */
function driverRule(name, { packages, home }) {
  return {
    name: `driver-${name}`,
    comment:
      `${name} has one home, so that swapping or upgrading it touches one folder and the embedded ` +
      "default never loads it. Everything else uses the port.",
    severity: "error",
    from: { path: "^packages/", pathNot: `${server}(${home})|${tests}` },
    to: { path: `^(node:)?(${packages})($|/)|node_modules/(${packages})(/|$)` },
  };
}

const layers = [
  {
    name: "core-uses-no-machinery",
    comment:
      "Core says what Sampan is. It touches files, sockets, databases and threads only through " +
      "ports, so every rule of it can be tested and reasoned about without them. These few " +
      "builtins compute or declare; they do no input or output.",
    severity: "error",
    from: { path: `${server}core/`, pathNot: tests },
    to: {
      dependencyTypes: ["core"],
      pathNot:
        "^(node:)?(assert|buffer|crypto|events|stream|stream/promises|timers/promises|util|zlib)$",
    },
  },
  {
    name: "core-uses-no-packages",
    comment:
      "HTTP, SQL, SDKs and schema libraries belong to the rooms around core. A package in core " +
      "would make everyone who reads it learn that package too.",
    severity: "error",
    from: { path: `${server}core/`, pathNot: tests },
    to: { dependencyTypes: npm },
  },
  {
    name: "rooms-import-only-core",
    comment:
      "http, storage, metadata, hashing, queue, workers, operations and their like know core and " +
      "themselves, never each other and never the configuration: compose.ts hands each what it " +
      "needs. Core, by the same rule, knows only itself. compose/ holds the pieces of compose.ts.",
    severity: "error",
    from: { path: `${server}([^/]+)/`, pathNot: `${server}compose/|${tests}` },
    to: { path: server, pathNot: `${server}($1|core)/` },
  },
  {
    name: "only-compose-meets-adapters",
    comment:
      "One file shows what the server is made of. Whoever else wants an adapter at the top level " +
      "is a second, hidden composition.",
    severity: "error",
    from: { path: `${server}[^/]+$`, pathNot: `${server}(compose|main|serve)[.]ts$|${tests}` },
    to: { path: `${server}(?!core/|config/)[^/]+/` },
  },
  {
    name: "dialects-stay-apart",
    comment:
      "Each HTTP dialect follows its own specification. What two of them need lives in " +
      "http/shared; otherwise a fix for one client breaks another.",
    severity: "error",
    from: { path: `${server}http/([^/]+)/`, pathNot: tests },
    to: { path: `${server}http/`, pathNot: `${server}http/($1|shared)/` },
  },
  {
    name: "sdk-depends-on-nothing",
    comment:
      "The SDK runs in browsers and in Node, in other people's programs: no package, and no file " +
      "from outside its folder.",
    severity: "error",
    from: { path: "^packages/sdk/", pathNot: tests },
    to: { pathNot: "^packages/sdk/", dependencyTypesNot: ["core"] },
  },
  {
    name: "sdk-browser-entry-uses-no-node",
    comment: "Only the Node entry (node.ts, node-*.ts or node/) may use Node's own modules.",
    severity: "error",
    from: { path: "^packages/sdk/", pathNot: `^packages/sdk/src/node([./-])|${tests}` },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "sdk-browser-entry-stays-out-of-node-entry",
    comment: "Importing the Node entry would pull Node's modules into every browser bundle.",
    severity: "error",
    from: { path: "^packages/sdk/", pathNot: `^packages/sdk/src/node([./-])|${tests}` },
    to: { path: "^packages/sdk/src/node([./-])", dependencyTypesNot: ["type-only"] },
  },
  {
    name: "cli-depends-only-on-sdk",
    comment:
      "The command line is a client like any other: what it can do, every user of the SDK can do. " +
      "It starts the server as a process, never as a module.",
    severity: "error",
    from: { path: "^packages/cli/", pathNot: tests },
    to: { pathNot: "^packages/(cli|sdk)/", dependencyTypesNot: ["core"] },
  },
  {
    name: "web-depends-only-on-sdk",
    comment: "The web app is a client: of ours it knows the SDK. Other packages it may bundle.",
    severity: "error",
    from: { path: "^packages/web/", pathNot: tests },
    to: {
      path: "^(packages|acceptance|benchmarks|faults|scripts)/",
      pathNot: "^packages/(web|sdk)/",
    },
  },
  {
    name: "server-imports-no-client",
    comment: "The server must start where no client is installed.",
    severity: "error",
    from: { path: "^packages/server/" },
    to: { path: "^(packages|acceptance|benchmarks|faults|scripts)/", pathNot: "^packages/server/" },
  },
  {
    name: "black-box-stays-black",
    comment:
      "Acceptance tests, benchmarks and faults drive a real server process through its interface. " +
      "With an import from inside they would prove something users do not run.",
    severity: "error",
    from: { path: "^(acceptance|benchmarks|faults)/" },
    to: { path: "^packages/(server|cli|web)/" },
  },
];

const drivers = [
  // The lock on the data folder is one on an SQLite file: Node has no other that ends with its process.
  driverRule("sqlite", {
    packages: "sqlite|better-sqlite3",
    home: "metadata/|operations/lock[.]ts$",
  }),
  driverRule("kysely", { packages: "kysely", home: "(metadata|queue/database)/" }),
  driverRule("mysql", { packages: "mysql2", home: "metadata/mysql" }),
  driverRule("postgres", { packages: "pg", home: "metadata/postgres" }),
  driverRule("redis", { packages: "redis|@redis/[^/]+|ioredis", home: "coordination/redis" }),
  driverRule("amqp", { packages: "rabbitmq-client|amqplib", home: "queue/rabbitmq" }),
  driverRule("kafka", { packages: "kafkajs|@platformatic/kafka", home: "queue/kafka" }),
  driverRule("s3", { packages: "@aws-sdk/[^/]+|@smithy/[^/]+", home: "storage/s3" }),
  driverRule("fastify", {
    packages: "fastify|fastify-[^/]+|@fastify/[^/]+",
    home: "http/|compose(/|[.]ts$)",
  }),
  driverRule("sharp", { packages: "sharp", home: "workers/" }),
  {
    name: "heavy-adapters-load-lazily",
    comment:
      "The embedded default must start without the SDKs and drivers of larger installations: " +
      "compose.ts reaches these adapters by `await import(…)` once the configuration asks for them.",
    severity: "error",
    from: { path: `${server}(compose/)?[^/]+$`, pathNot: tests },
    to: {
      path: `${server}(storage/s3|queue/(rabbitmq|kafka)|metadata/(mysql|postgres)|coordination/redis)`,
      dynamic: false,
      dependencyTypesNot: ["type-only"],
    },
  },
];

const hygiene = [
  {
    name: "no-circular",
    comment: "Two files that need each other are one file, or hide a third.",
    severity: "error",
    from: {},
    to: { circular: true },
  },
  {
    name: "no-tests-in-production",
    comment: "Fakes and suites must not be reachable from what users run.",
    severity: "error",
    from: { path: "^packages/[^/]+/src/", pathNot: tests },
    to: { path: tests },
  },
  {
    name: "no-dev-packages-in-production",
    comment: "A production install has no devDependencies; such an import would fail only there.",
    severity: "error",
    from: { path: "^packages/(server|sdk|cli)/src/", pathNot: tests },
    to: {
      dependencyTypes: ["npm-dev"],
      dependencyTypesNot: ["npm", "type-only"],
      pathNot: "node_modules/@types/",
    },
  },
  {
    name: "no-undeclared-packages",
    comment:
      "A package that only another package brings may vanish with that package's next version.",
    severity: "error",
    from: {},
    to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
  },
  {
    name: "no-unresolvable",
    comment: "An import that leads nowhere fails at start, or worse, at its first lazy use.",
    severity: "error",
    from: {},
    to: { couldNotResolve: true },
  },
];

export default {
  forbidden: [...layers, ...drivers, ...hygiene],
  options: {
    // TypeScript 7 offers no parser that this tool can call; swc reads the same syntax.
    parser: "swc",
    tsPreCompilationDeps: true,
    // In a workspace, the root's package.json declares the tools for everyone.
    combinedDependencies: true,
    exclude: { path: ["^(dist|coverage)/", "^packages/[^/]+/(dist|coverage)/"] },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
