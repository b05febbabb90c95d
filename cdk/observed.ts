import type { ApiStack } from "./api-stack.ts";
import type { EnvironmentConfig } from "./config.ts";
import type { DataStack } from "./data-stack.ts";
import type { EnvironmentStack } from "./environment-stack.ts";
import type { NetworkStack } from "./network-stack.ts";

/** What dashboards and alarms look at, and the stack that they are in. */
export interface Observed {
  readonly stack: EnvironmentStack;
  readonly config: EnvironmentConfig;
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly api: ApiStack;
}
