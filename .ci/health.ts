/**
 * `npm run health -- <environment or URL> [--commit <hash>] [--times 20] [--seconds 180]`: waits until `/health/ready` has answered 200
 * so many times in a row, half a second apart, and until `/v1/version` names the commit; fails when that takes longer.
 */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { main, urlOf } from "./target.ts";

const everyMs = 500;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    commit: { type: "string" },
    times: { type: "string", default: "20" },
    seconds: { type: "string", default: "180" },
  },
});

/** The status of an answer, or why there was none. */
const ask = async (url: string): Promise<number | string> => {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(5_000), redirect: "error" });
    return status;
  } catch (error) {
    return ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
  }
};

/** The commit that a server says it was built of; undefined where it does not say. */
const commitOf = async (url: string): Promise<string | undefined> => {
  const answer = await fetch(`${url}/v1/version`, { signal: AbortSignal.timeout(5_000), redirect: "error" });
  if (!answer.ok) return undefined;
  const { version, commit } = (await answer.json()) as { readonly version: string; readonly commit: string | null };
  process.stdout.write(`It says: version ${version}, commit ${commit ?? "unknown"}.\n`);
  return commit ?? undefined;
};

await main(async () => {
  const url = urlOf(positionals[0]);
  const deadline = Date.now() + Number(values.seconds) * 1_000;
  let last: number | string = "nothing";
  for (let inARow = 0; inARow < Number(values.times); ) {
    if (Date.now() > deadline) {
      throw new Error(
        `${url}/health/ready did not answer 200 ${values.times} times in a row within ${values.seconds} s; last: ${last}.`,
      );
    }
    last = await ask(`${url}/health/ready`);
    inARow = last === 200 ? inARow + 1 : 0;
    if (inARow < Number(values.times)) await delay(everyMs);
  }
  process.stdout.write(`${url} is ready: ${values.times} times in a row.\n`);
  const commit = await commitOf(url);
  if (values.commit !== undefined && commit !== values.commit) {
    throw new Error(`${url} runs the commit ${commit ?? "unknown"}, not ${values.commit}.`);
  }
});
