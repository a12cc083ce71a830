// A demo server of its own, and a proxy before it whose connections can be cut.
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const PATIENCE_MS = 60_000;

/** Starts `bega serve --demo`, or in another mode, behind a proxy; browsers use the proxy's address. */
export async function startServer(mode = "--demo") {
  const folder = await mkdtemp(join(tmpdir(), "bega-browser-"));
  const port = await freePort("tcp");
  const mediaPort = await freePort("udp");
  const proxy = await startProxy(port);
  const url = `http://localhost:${proxy.port}`;
  const flags = [
    "serve", mode,
    "--data-dir", folder,
    "--listen", `127.0.0.1:${port}`,
    "--public-url", url,
    "--media-port", String(mediaPort),
    "--media-workers", "1",
  ];
  let log = "";
  let child;
  const start = async () => {
    child = spawn(process.env.BEGA_BIN, flags, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await isReady(port))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the server does not start:\n${log}`);
      }
      await delay(50);
    }
  };
  await start();
  return {
    url,
    /** Breaks every TCP connection; media flows on over UDP. */
    cut: () => proxy.cut(),
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
      proxy.stop();
      await rm(folder, { recursive: true });
      if (log.includes("panicked")) throw new Error(`the server panicked:\n${log}`);
    },
    log: () => log,
  };
}

const isReady = (port) =>
  fetch(`http://127.0.0.1:${port}/readyz`).then((answer) => answer.ok, () => false);

async function startProxy(target) {
  const carried = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(target, "127.0.0.1");
    for (const [one, other] of [[near, far], [far, near]]) {
      carried.add(one);
      one.pipe(other);
      one.on("error", () => {});
      one.on("close", () => {
        carried.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const cut = () => carried.forEach((socket) => socket.destroy());
  return {
    port: server.address().port,
    cut,
    stop() {
      server.close();
      cut();
    },
  };
}

async function freePort(kind) {
  const probe = kind === "udp" ? createSocket("udp4") : net.createServer();
  if (kind === "udp") probe.bind(0, "127.0.0.1");
  else probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}
