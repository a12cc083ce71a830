// Network namespaces for tests: a server and clients that share no network with this machine.
//
//   server 198.51.100.1 ──── cable ──── officer 198.51.100.12      a veth pair: perfect
//                      └─── link ────── room    198.51.100.11      bega-rig: as bad as it is told to be
//
// The addresses are those that RFC 5737 keeps for documentation, and nothing routes out of a
// namespace. All names carry the process's id; `remove()` takes everything away.
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";

export const SERVER_ADDRESS = "198.51.100.1";

const run = (program, ...args) => execFileSync(program, args, { stdio: ["ignore", "pipe", "pipe"] }).toString();

let made = 0;

/** Namespaces that still exist, to be taken away when the process is told to end. */
const standing = new Set();
process.on("exit", () => {
  for (const name of standing) takeAway(name);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** Ends what runs in a namespace, and the namespace. */
function takeAway(name) {
  for (const pid of run("ip", "netns", "pids", name).split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended by itself meanwhile.
    }
  }
  run("ip", "netns", "del", name);
  standing.delete(name);
}

/** Why no namespaces can be made here, or nothing. */
export function whyNoNamespaces() {
  if (process.getuid() !== 0) return "network namespaces need root";
  if (!existsSync("/dev/net/tun")) return "there is no /dev/net/tun";
  const name = `bega${process.pid}try`;
  try {
    run("ip", "netns", "add", name);
    run("ip", "netns", "del", name);
    return undefined;
  } catch (error) {
    return `no network namespaces here: ${error.message.split("\n")[0]}`;
  }
}

/** A network of its own with a server in it. */
export class Network {
  #names = [];
  #links = [];

  constructor() {
    made += 1;
    this.prefix = `b${process.pid}n${made}`;
    this.server = this.#add("server");
    run("ip", "-n", this.server, "addr", "add", `${SERVER_ADDRESS}/32`, "dev", "lo");
  }

  /** A client behind a perfect cable. */
  cable(name, address) {
    const namespace = this.#add(name);
    const [near, far] = [this.#device(), this.#device()];
    run("ip", "link", "add", near, "netns", this.server, "type", "veth", "peer", "name", far, "netns", namespace);
    this.#connect(namespace, address, near, far);
    return namespace;
  }

  /** A client behind a link that can be made bad; `up` is away from the client. */
  async link(name, address) {
    const namespace = this.#add(name);
    const [near, far] = [this.#device(), this.#device()];
    const link = await Link.open(far, near);
    this.#links.push(link);
    run("ip", "link", "set", near, "netns", this.server);
    run("ip", "link", "set", far, "netns", namespace);
    this.#connect(namespace, address, near, far);
    return { namespace, link };
  }

  /** Starts a program in a namespace. */
  spawn(namespace, program, args, options) {
    return spawn("ip", ["netns", "exec", namespace, program, ...args], options);
  }

  /** Drops every UDP datagram that leaves or reaches a namespace; `false` lets them pass again. */
  blockUdp(namespace, blocked = true) {
    const nft = (...rule) => run("ip", "netns", "exec", namespace, "nft", ...rule);
    if (!blocked) {
      nft("delete", "table", "inet", "rig");
      return;
    }
    nft("add", "table", "inet", "rig");
    for (const hook of ["input", "output"]) {
      nft("add", "chain", "inet", "rig", hook, `{ type filter hook ${hook} priority 0; }`);
      const device = hook === "input" ? "iifname" : "oifname";
      nft("add", "rule", "inet", "rig", hook, device, "!=", "lo", "meta", "l4proto", "udp", "drop");
    }
  }

  /** Ends what still runs in the namespaces, and takes them away. */
  async remove() {
    for (const name of this.#names) takeAway(name);
    await Promise.all(this.#links.map((link) => link.close()));
  }

  #add(name) {
    const namespace = `${this.prefix}${name}`;
    run("ip", "netns", "add", namespace);
    standing.add(namespace);
    this.#names.push(namespace);
    run("ip", "-n", namespace, "link", "set", "lo", "up");
    return namespace;
  }

  /** Names of devices have 15 characters at most. */
  #device() {
    made += 1;
    return `${this.prefix}d${made}`;
  }

  #connect(namespace, address, near, far) {
    run("ip", "-n", this.server, "link", "set", near, "up");
    run("ip", "-n", this.server, "route", "add", address, "dev", near, "src", SERVER_ADDRESS);
    run("ip", "-n", namespace, "addr", "add", `${address}/24`, "dev", far);
    run("ip", "-n", namespace, "link", "set", far, "up");
    // A browser without a default route finds no address of its own to offer.
    run("ip", "-n", namespace, "route", "add", "default", "dev", far);
  }
}

/** A running `bega-rig`: the conditions of a link, and what it reports. */
export class Link {
  #process;
  #reports = [];

  static async open(a, b) {
    const link = new Link();
    await link.#start(a, b);
    return link;
  }

  async #start(a, b) {
    this.#process = spawn(rigProgram(), [a, b], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: this.#process.stdout });
    const ready = once(lines, "line");
    const died = once(this.#process, "exit").then(([code]) => {
      throw new Error(`bega-rig ended with ${code}`);
    });
    await Promise.race([ready, died]);
    died.catch(() => {});
    lines.on("line", (line) => this.#reports.push(JSON.parse(line)));
  }

  /** Sets the conditions of the directions that are named; `seed` begins the chances anew. */
  set({ up, down, seed }) {
    this.#process.stdin.write(`${JSON.stringify({ up, down, seed })}\n`);
  }

  /** Sets both directions alike. */
  both(conditions, seed) {
    this.set({ up: conditions, down: conditions, seed });
  }

  /** What was reported between two times of this machine's clock, ten times a second. */
  reports(from, to) {
    return this.#reports.filter(({ atMs }) => atMs > from && atMs <= to);
  }

  async close() {
    if (this.#process.exitCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.stdin.end();
    await gone;
  }
}

function rigProgram() {
  const program = process.env.BEGA_RIG;
  if (!program) throw new Error("BEGA_RIG names the built bega-rig; tests/rig/run sets it");
  return program;
}
