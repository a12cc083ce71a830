// Servers under measurement: our own, and Janus beside it, as plain processes with folders of
// their own on loopback.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** The core the server has to itself, and the one that is left for the load. */
export const SERVER_CORE = "0";
const LOAD_CORE = "1";

/** Starts `bega serve --dev`; without a core it may use all. */
export async function startBega({ core, workers } = {}) {
  const data = mkdtempSync(join(tmpdir(), "bega-bench-"));
  const port = await freePort();
  const media = await freePort();
  const args = [process.env.BEGA_BIN, "serve", "--dev", "--listen", `127.0.0.1:${port}`];
  args.push("--media-port", String(media), "--media-ip", "127.0.0.1", "--data-dir", data);
  if (workers) args.push("--media-workers", String(workers));
  const begin = () => pinned(core, args, { BEGA_LOG: "warn" });
  const server = {
    url: `ws://127.0.0.1:${port}`,
    http: `http://127.0.0.1:${port}`,
    media,
    child: begin(),
    /** Starts it again on the same ports and folder, after it has ended. */
    begin() {
      server.child = begin();
    },
    async stop() {
      await end(server.child);
      rmSync(data, { recursive: true, force: true });
    },
  };
  await ready(`${server.http}/readyz`);
  return server;
}

/** Starts Janus with only what the VideoRoom needs. */
export async function startJanus({ core } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "janus-bench-"));
  const port = await freePort();
  const [pem, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  execFileSync("openssl", ["req", "-x509", ...curve, "-nodes", "-subj", "/CN=janus", "-keyout", key, "-out", pem], { stdio: "ignore" });
  const modules = "/usr/lib/x86_64-linux-gnu/janus";
  const others = (names, kind) => names.map((name) => `libjanus_${name}.so`).join(",") || `no-${kind}`;
  writeFileSync(
    join(folder, "janus.jcfg"),
    `general: { configs_folder = "${folder}"; plugins_folder = "${modules}/plugins"; transports_folder = "${modules}/transports";
      events_folder = "${modules}/events"; loggers_folder = "${modules}/loggers"; debug_level = 2; admin_secret = "none" }
    certificates: { cert_pem = "${pem}"; cert_key = "${key}" }
    media: { rtp_port_range = "41000-49000"; ipv6 = false }
    nat: { ice_lite = true; full_trickle = false }
    plugins: { disable = "${others(["audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming", "textroom", "videocall", "voicemail"], "plugins")}" }
    transports: { disable = "${others(["http", "mqtt", "nanomsg", "pfunix", "rabbitmq"], "transports")}" }
    events: { broadcast = false }`,
  );
  writeFileSync(
    join(folder, "janus.transport.websockets.jcfg"),
    `general: { json = "compact"; ws = true; ws_port = ${port}; ws_ip = "127.0.0.1"; wss = false }\nadmin: { admin_ws = false }`,
  );
  writeFileSync(join(folder, "janus.plugin.videoroom.jcfg"), "general: { }");
  const child = pinned(core, ["janus", "-F", folder], {});
  await listens(port);
  return {
    url: `ws://127.0.0.1:${port}`,
    child,
    async stop() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a command of the load generator and returns what it measured. */
export function load(...args) {
  return measured(process.env.BEGA_LOAD_BIN, args);
}

/** The same, on its own core. */
export function loadOnItsCore(...args) {
  return measured("taskset", ["-c", LOAD_CORE, process.env.BEGA_LOAD_BIN, ...args]);
}

async function measured(program, args) {
  const output = await new Promise((done, failed) => {
    execFile(program, args.map(String), { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      process.stderr.write(stderr);
      if (error) failed(new Error(`bega-load ${args.join(" ")}: ${error.message}`));
      else done(stdout);
    });
  });
  return JSON.parse(output);
}

function pinned(core, args, environment) {
  const command = core ? ["taskset", "-c", core, ...args] : args;
  return spawn(command[0], command.slice(1), {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...environment },
  });
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await Promise.race([ended, delay(5000)]);
  child.kill("SIGKILL");
}

export async function ready(address) {
  for (let i = 0; i < 400; i += 1) {
    try {
      if ((await fetch(address)).ok) return;
    } catch {
      // Not listening yet.
    }
    await delay(50);
  }
  throw new Error(`the server did not become ready at ${address}`);
}

async function listens(port) {
  const { connect } = await import("node:net");
  for (let i = 0; i < 200; i += 1) {
    const socket = connect(port, "127.0.0.1");
    const is = await Promise.race([once(socket, "connect").then(() => true), once(socket, "error").then(() => false, () => false)]).catch(() => false);
    socket.destroy();
    if (is) return;
    await delay(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}

export function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}
