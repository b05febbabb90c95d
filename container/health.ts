/** Asks the server in this container whether it lives, for the container's own health check: 0 yes, 1 no. Images need no curl for it. */
import { readConfig } from "#lib/config.ts";

const patienceMs = 4_000;

const { port } = readConfig();
const answer = await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(patienceMs) }).catch(
  () => undefined,
);
process.exit(answer?.ok ? 0 : 1);
