// Networks that let little out: media finds its way by itself, in Chromium and in Firefox.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";

import { SERVER_ADDRESS, whyNoNamespaces } from "../rig/namespaces.mjs";
import { BY_TCP, BY_TLS, RELAY_ADDRESS, RELAY_SECRET, startRelay } from "./relay.mjs";
import { Ways, WEB } from "./ways.mjs";

/** Long for a browser, and no measurement: those are taken by `make bench SUITE=recovery`. */
const PATIENCE_S = 50;

const skip = whyNoNamespaces();

let ways;
let relay;

before(async () => {
  if (skip) return;
  ways = new Ways();
  relay = await startRelay(ways.network, SERVER_ADDRESS);
});

after(async () => {
  await relay?.stop();
  await ways?.remove();
});

// Firefox trusts the certificate of a test's relay by no means, and so reaches it without TLS.
for (const [browser, relayed, flags] of [
  ["chromium", "relay by tls", BY_TLS],
  ["firefox", "relay by tcp", BY_TCP],
]) {
  test(`UDP is blocked: ${browser} comes by TCP`, { skip, timeout: 180_000 }, async () => {
    const found = await ways.through(browser, "blocked", { spoil: (client) => ways.blockUdp(client) });

    assert.deepEqual(found.ways, [["tcp", "tcp"], ["tcp", "tcp"]]);
    assert.ok(found.seconds < PATIENCE_S, `${found.seconds} s`);
  });

  test(`only the web's port gets out: ${browser} comes through the relay`, { skip, timeout: 180_000 }, async () => {
    const found = await ways.through(browser, "blocked", { spoil: (client) => ways.allowOnlyWeb(client), flags });

    assert.deepEqual(found.ways, [[relayed, relayed], [relayed, relayed]]);
    assert.ok(found.seconds < PATIENCE_S, `${found.seconds} s`);
  });
}

test("UDP is blocked during a call: Chromium goes on by TCP", { skip, timeout: 180_000 }, async () => {
  const found = await ways.through("chromium", "cut");

  assert.deepEqual(found.before, [["udp", "udp"], ["udp", "udp"]]);
  assert.deepEqual(found.ways, [["tcp", "tcp"], ["tcp", "tcp"]]);
  assert.ok(found.seconds < PATIENCE_S, `${found.seconds} s`);
});

test("the doctor names what is blocked, and the ways that are left", { skip, timeout: 120_000 }, async () => {
  const client = ways.newClient();
  ways.blockUdp(client);

  const { code, said } = await ways.withServer(BY_TLS, () =>
    ways.output(client, process.env.BEGA_BIN, ["doctor", "--json", WEB], {
      SSL_CERT_FILE: relay.authority,
      BEGA_LOG: "off",
    }),
  );

  assert.equal(code, 0, said);
  const report = JSON.parse(said);
  const found = report.ways.map(({ way, good, cameBack = 0 }) => [way, good, cameBack > 0]);
  assert.deepEqual(found, [["UDP", false, false], ["TCP", true, true], ["relay by TLS", true, true]], said);
  assert.match(report.advice.join(), /allow UDP to 198\.51\.100\.1 port 7882/);
});

test("the relay reaches the media server and nothing else", { skip, timeout: 60_000 }, () => {
  const client = ways.newClient();
  const ask = (peer) => {
    const args = ["-t", "-n", "1", "-m", "1", "-e", peer, "-r", "9", "-u", "somebody", "-W", RELAY_SECRET, RELAY_ADDRESS];
    const { stdout, stderr } = spawnSync("ip", ["netns", "exec", client, "timeout", "3", "turnutils_uclient", ...args]);
    return `${stdout}${stderr}`;
  };
  assert.doesNotMatch(ask(SERVER_ADDRESS), /Forbidden IP/);
  for (const peer of ["127.0.0.1", "0.0.0.0", "10.0.0.1", "169.254.169.254", "192.168.1.1", RELAY_ADDRESS, "198.51.100.250"]) {
    assert.match(ask(peer), /Forbidden IP/, peer);
  }
});
