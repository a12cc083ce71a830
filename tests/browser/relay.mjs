// coturn, configured by deploy/turn, in the namespace of a server.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export const RELAY_ADDRESS = "198.51.100.2";
export const RELAY_SECRET = "north-by-northwest";
const TLS_PORT = 443;

/** What the server is told of it: how it is reached, through the one port that is open. */
const flags = (scheme) => [
  "--turn-url", `${scheme}:${RELAY_ADDRESS}:${TLS_PORT}?transport=tcp`,
  "--turn-secret", RELAY_SECRET,
];
export const BY_TLS = flags("turns");
export const BY_TCP = flags("turn");

/** Starts it; it relays to `mediaAddress` only. */
export async function startRelay(network, mediaAddress) {
  const folder = mkdtempSync(join(tmpdir(), "bega-relay-"));
  const [authority, authorityKey, certificate, key, config] = [
    "authority.pem", "authority-key.pem", "cert.pem", "key.pem", "turnserver.conf",
  ].map((file) => join(folder, file));
  const certify = (name, file, keyFile, ...rest) =>
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", `/CN=${name}`, "-keyout", keyFile, "-out", file, ...rest],
      { stdio: "ignore" },
    );
  certify("authority.test", authority, authorityKey);
  certify("relay.test", certificate, key,
    "-CA", authority, "-CAkey", authorityKey,
    "-addext", `subjectAltName=IP:${RELAY_ADDRESS}`, "-addext", "basicConstraints=critical,CA:FALSE");
  const text = execFileSync(new URL("../../deploy/turn/configure", import.meta.url).pathname, {
    env: {
      ...process.env,
      TURN_IP: RELAY_ADDRESS,
      MEDIA_IP: mediaAddress,
      SECRET: RELAY_SECRET,
      REALM: "relay.test",
      CERTIFICATE: certificate,
      KEY: key,
      TURN_TLS_PORT: String(TLS_PORT),
      STATE: folder,
    },
  });
  writeFileSync(config, text);
  execFileSync("ip", ["-n", network.server, "addr", "add", `${RELAY_ADDRESS}/32`, "dev", "lo"]);
  const child = network.spawn(network.server, "turnserver", ["-c", config], { stdio: "ignore" });
  const isUp = () =>
    execFileSync("ip", ["netns", "exec", network.server, "ss", "-ltnH"]).toString().includes(`${RELAY_ADDRESS}:${TLS_PORT}`);
  for (const end = Date.now() + 20_000; !isUp(); ) {
    if (child.exitCode !== null || Date.now() > end) throw new Error("coturn does not start");
    await delay(50);
  }
  return {
    /** What clients must trust. */
    authority,
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
