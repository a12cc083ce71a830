// Fifty sessions of two people who talk when the server ends, at once (SIGKILL) or with goodbye
// (SIGTERM), and is started again: how long until everybody is heard.
import { once } from "node:events";
import { report } from "./figures.mjs";
import { load, startBega } from "./servers.mjs";

const kill = await recovery("kill");
const term = await recovery("term");
const figure = (name, { seconds }, goal) => ({
  figure: `recovery.${name}_seconds.p99`, value: seconds.p99, unit: "s", goal, better: "lower",
  beside: { p50: seconds.p50, max: seconds.max },
});
report("recovery", [figure("sigkill", kill, 8), figure("sigterm", term, 5)], { keepOthers: true });

async function recovery(signal) {
  const server = await startBega();
  const ended = once(server.child, "exit").then(() => server.begin());
  try {
    return await load("recover", "--url", server.url, "--pid", server.child.pid, "--sessions", 50, "--signal", signal);
  } finally {
    await ended;
    await server.stop();
  }
}
