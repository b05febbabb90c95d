/**
 * `npm run running -- <environment>`: prints the image that the API's service runs, and hands it to the workflow as `digest`; nothing
 * where nothing runs yet. `npm run running -- <environment> sha256:…`: fails unless both services run that image and their rollouts are
 * over: what the circuit breaker or an alarm took back is not what was deployed.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { ECSClient } from "@aws-sdk/client-ecs";
import { deploymentOf } from "./ecs.ts";
import { environmentOf, main } from "./target.ts";

const [target, expected] = process.argv.slice(2);
const patienceMs = 300_000;

await main(async () => {
  const { name, region } = environmentOf(target);
  const ecs = new ECSClient({ region });
  if (expected === undefined) {
    const digest = (await deploymentOf(ecs, name, "api"))?.digest ?? "";
    process.stdout.write(`${digest || `Nothing runs in ${name} yet.`}\n`);
    if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, `digest=${digest}\n`);
    return;
  }
  for (const service of ["api", "worker"] as const) {
    for (const deadline = Date.now() + patienceMs; ; await delay(5_000)) {
      const { digest, state } = (await deploymentOf(ecs, name, service)) ?? { digest: "nothing", state: "absent" };
      if (digest !== expected)
        throw new Error(`${name}'s ${service} runs ${digest}, not ${expected}: the release was taken back.`);
      if (state === "COMPLETED") break;
      if (state !== "IN_PROGRESS" || Date.now() > deadline) throw new Error(`${name}'s ${service} is not rolled out: ${state}.`);
    }
  }
  process.stdout.write(`${name} runs ${expected}.\n`);
});
