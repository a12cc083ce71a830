// A server of its own in a network namespace, for the rig's tests.
import { mkdtempSync, rmSync } from "node:fs";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { SERVER_ADDRESS } from "./namespaces.mjs";

const PORT = 8080;
const MEDIA_PORT = 7882;

/** Runs inside the namespace: ends when the server says that it is ready. */
const WAIT = `
  const end = Date.now() + 60_000;
  const ask = () => fetch("http://${SERVER_ADDRESS}:${PORT}/readyz").then((answer) => answer.ok, () => false);
  while (!(await ask())) {
    if (Date.now() > end) process.exit(1);
    await new Promise((done) => setTimeout(done, 50));
  }`;

/** Starts `bega serve --dev` in the network's server namespace. */
export async function startServer(network, { flags = [], environment = {} } = {}) {
  const data = mkdtempSync(join(tmpdir(), "bega-rig-"));
  let log = "";
  let child;
  const start = async () => {
    child = network.spawn(
      network.server,
      process.env.BEGA_BIN,
      [
        "serve", "--dev",
        "--listen", `${SERVER_ADDRESS}:${PORT}`,
        "--media-ip", SERVER_ADDRESS,
        "--media-port", String(MEDIA_PORT),
        "--data-dir", data,
        ...flags,
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, BEGA_LOG: "warn", ...environment } },
    );
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (log += text));
    const waiting = network.spawn(network.server, process.execPath, ["--input-type=module", "-e", WAIT], { stdio: "inherit" });
    const [code] = await once(waiting, "exit");
    if (code !== 0) throw new Error(`the server does not start:\n${log}`);
  };
  await start();
  return {
    url: `ws://${SERVER_ADDRESS}:${PORT}`,
    log: () => log,
    /** As a power cut, and the start after it. */
    async killAndRestart() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      await start();
    },
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      rmSync(data, { recursive: true, force: true });
      if (log.includes("panicked")) throw new Error(`the server panicked:\n${log}`);
    },
  };
}

/** A token for somebody in a room, as `--dev` accepts it. */
export function token(room, identity) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({
    iss: "devkey",
    sub: identity,
    name: identity,
    nbf: now - 5,
    exp: now + 3600,
    video: { room, roomJoin: true },
  })}`;
  return `${signed}.${createHmac("sha256", "secret").update(signed).digest("base64url")}`;
}
