import { aws_logs as logs } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { EnvironmentStack } from "./environment-stack.ts";

/** Who asks for how much, by key: the lines of a query of CloudWatch Logs Insights. */
export const usagePerKey: readonly string[] = [
  "filter message = 'request' and ispresent(key_id)",
  "stats count(*) as requests, sum(status >= 500) as faults, sum(bytes) as bytes_out, pct(ms, 95) as p95_ms by key_id, user_id",
  "sort requests desc",
  "limit 50",
];

/** The questions that come up, over the log lines of requests (`lib/entry/observe.ts` and `container/refuse.ts` write them). */
const queries: Readonly<Record<string, readonly string[]>> = {
  "slowest requests": [
    "fields @timestamp, route, status, ms, bytes, key_id, correlation_id",
    "filter message = 'request' and ispresent(route)",
    "sort ms desc",
    "limit 50",
  ],
  "errors by reason": [
    "filter message = 'request' and status >= 400",
    "stats count(*) as requests, latest(correlation_id) as for_example by status, coalesce(reason, refused) as why, route",
    "sort requests desc",
  ],
  "one correlation id": [
    "fields @timestamp, level, message, route, status, ms, reason, xray_trace_id",
    "filter correlation_id = 'PUT THE ID HERE'",
    "sort @timestamp asc",
  ],
  "usage per key": usagePerKey,
  "failed logins": [
    "filter message = 'request' and status = 401",
    "stats count(*) as requests, earliest(@timestamp) as first, latest(@timestamp) as last by reason, key_id, bin(1h)",
    "sort requests desc",
  ],
  "rate-limited keys": [
    "filter message = 'request' and status = 429",
    "stats count(*) as requests by reason, key_id, user_id",
    "sort requests desc",
  ],
};

/** Saves them, in a folder of the environment. */
export const addLogQueries = (scope: Construct, stack: EnvironmentStack, group: logs.ILogGroup): void => {
  for (const [name, lines] of Object.entries(queries)) {
    new logs.CfnQueryDefinition(scope, `Query ${name}`, {
      name: `calendar/${stack.config.name}/${name}`,
      logGroupNames: [group.logGroupName],
      queryString: lines.join("\n| "),
    });
  }
};
