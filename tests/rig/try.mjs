// A look at one link: what two people hear and see of one another over it, window by window.
//
//   tests/rig/run try.mjs '{"delayMs": 40, "rateKbit": 300, "queueMs": 300}'
//   tests/rig/run try.mjs '{"loss": 0.2}' '{"audio": true}' 5
//
// The arguments are the conditions (see src/conditions.rs), what each publishes, and how many windows.
import { measure, pause, Scene, Scorer, summary } from "./scene.mjs";

const WINDOW_MS = 12_600;
const SETTLE_MS = 8_000;

const [conditions = "{}", publish = '{"audio":true,"video":{"width":640,"height":360}}', windows = "2"] = process.argv.slice(2);
const link = JSON.parse(conditions);
const each = JSON.parse(publish);

const scene = await Scene.make();
const scorer = new Scorer();
try {
  const people = await scene.meet({ room: each, officer: each });
  await pause(3_000);
  scene.link.both(link, 1);
  await pause(SETTLE_MS);
  for (let run = 1; run <= Number(windows); run += 1) {
    const measured = await measure(people, scene.link, WINDOW_MS);
    for (const [talker, listener, lane] of [["room", "officer", "up"], ["officer", "room", "down"]]) {
      const { samples, events, heard } = measured[listener];
      const sum = (name) => measured.link.reduce((total, told) => total + told[lane][name], 0);
      tell(`${talker} -> ${listener}`, await scorer.score(measured[talker].spoken, heard));
      tell("  audio", summary(samples, "audio", measured.from, measured.to));
      tell("  video", summary(samples, "video", measured.from, measured.to));
      tell("  sent", measured[talker].samples.at(-1)?.sent_video);
      tell("  link", {
        queueMs: Math.max(...measured.link.map((told) => told[lane].queueMs)),
        kbit: (sum("bytes") * 8) / WINDOW_MS,
        passed: sum("passed"),
        lost: sum("lost"),
        dropped: sum("dropped"),
      });
      tell("  events", events.map(({ what }) => what));
    }
  }
  tell("paths", await people.room.evaluate(() => rig.paths()));
} finally {
  scorer.close();
  await scene.remove();
}

function tell(what, value) {
  console.log(what, JSON.stringify(value, (_, v) => (typeof v === "number" ? Math.round(v * 1000) / 1000 : v)));
}
