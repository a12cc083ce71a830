// A server in a network namespace, and clients in others whose networks can be made bad.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";

import { Network, SERVER_ADDRESS } from "../rig/namespaces.mjs";
import { startServer } from "../rig/server.mjs";
import { RELAY_ADDRESS } from "./relay.mjs";

const WEB_PORT = 8080;
export const WEB = `http://${SERVER_ADDRESS}:${WEB_PORT}`;

export class Ways {
  network = new Network();
  #clients = 0;

  /** The namespace of a client that is nobody yet. */
  newClient() {
    this.#clients += 1;
    return this.network.cable(`client${this.#clients}`, `198.51.100.${20 + this.#clients}`);
  }

  blockUdp(client) {
    this.network.blockUdp(client);
  }

  /** Lets nothing out but pages, signalling, and the relay by its one port. */
  allowOnlyWeb(client) {
    const nft = (...rule) => execFileSync("ip", ["netns", "exec", client, "nft", ...rule]);
    const accept = (...match) => nft("add", "rule", "inet", "web", "output", ...match, "accept");
    nft("add", "table", "inet", "web");
    nft("add", "chain", "inet", "web", "output", "{ type filter hook output priority 0; policy drop; }");
    accept("oifname", "lo");
    accept("ip", "daddr", SERVER_ADDRESS, "tcp", "dport", WEB_PORT);
    accept("ip", "daddr", RELAY_ADDRESS, "tcp", "dport", "443");
  }

  /** Two people meet in a browser of a new client, whose network is made bad first. */
  async through(browser, when, { spoil = () => {}, flags = [] } = {}) {
    const client = this.newClient();
    spoil(client);
    const script = new URL("through.mjs", import.meta.url).pathname;
    const { code, said } = await this.withServer(flags, () =>
      this.output(client, process.execPath, [script, WEB, browser, when]),
    );
    assert.equal(code, 0, `${browser} ends badly: ${said}`);
    return JSON.parse(said);
  }

  /** A server of its own: who is booked in one test is free in the next. */
  async withServer(flags, work) {
    const server = await startServer(this.network, { flags: ["--demo", "--public-url", WEB, ...flags] });
    try {
      return await work();
    } finally {
      await server.stop();
    }
  }

  /** What a program prints in a namespace, and how it ends. */
  async output(namespace, program, args, environment = {}) {
    const child = this.network.spawn(namespace, program, args, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...environment },
    });
    let said = "";
    child.stdout.on("data", (text) => (said += text));
    const [code] = await once(child, "close");
    return { code, said };
  }

  remove() {
    return this.network.remove();
  }
}
