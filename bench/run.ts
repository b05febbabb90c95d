/** `npm run bench`, or `npm run bench -- week start` for some of them: each against a peer or limit in the same run. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const all = ["start", "adapter", "recurrence", "get-event", "week", "free-busy", "sync", "platform", "emf"];
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !all.includes(name));
if (unknown) {
  console.error(`There is no bench "${unknown}"; there are ${all.join(", ")}.`);
  process.exit(2);
}

if (!existsSync("bench/peers/node_modules/fastify")) {
  console.error("Installing the peers to measure against …");
  execFileSync("npm", ["ci", "--prefix", "bench/peers", "--no-audit", "--no-fund", "--loglevel=error"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
execFileSync(process.execPath, ["esbuild.config.mjs", "--container"], { stdio: "inherit" });

for (const name of asked.length > 0 ? asked : all) {
  const { run } = (await import(`./${name}.ts`)) as { run: () => Promise<void> };
  await run();
}
