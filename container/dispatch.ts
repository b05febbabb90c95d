import { randomUUID } from "node:crypto";
import type { ALBEvent, Context } from "aws-lambda";
import type { Dispatch } from "#lib/entry/services.ts";
import { withRequiredHeaders } from "./refusal.ts";
import { refuse } from "./refuse.ts";
import { type Mount, routeTable } from "./route-table.ts";
import { encodeBody, queryOf } from "./to-alb-event.ts";

/**
 * Answers requests that do not come over HTTP but out of a batch: the event that the adapter would make, to the same handlers, with
 * the same refusals. They take no slot of the adapter's: the request that brings them has one.
 */
export const createDispatch = (mounts: readonly Mount[]): Dispatch => {
  const match = routeTable(mounts);
  return async ({ method, path, query, headers, body }) => {
    const event: ALBEvent = {
      requestContext: { elb: { targetGroupArn: "" } },
      httpMethod: method,
      path,
      multiValueQueryStringParameters: queryOf(query),
      multiValueHeaders: Object.fromEntries([...headers].map(([name, value]) => [name, [value]])),
      ...encodeBody(body, headers.get("content-type"), headers.get("content-encoding")),
    };
    const mount = match(method, path);
    if ("kind" in mount) return withRequiredHeaders(refuse(mount, event), mount);
    try {
      return await mount.handler(event, { awsRequestId: randomUUID() } as Context);
    } catch (cause) {
      return refuse({ status: 500, kind: "internal", cause }, event);
    }
  };
};
