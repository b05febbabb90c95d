import type { IncomingMessage } from "node:http";
import type { ALBEvent } from "aws-lambda";
import { queryOf } from "./to-alb-event.ts";

const methods = new Set(["GET", "PUT", "PATCH", "DELETE"]);

/**
 * The method that a POST stands for, where its `X-HTTP-Method-Override` names one: Google's clients send it where their transport
 * knows no PATCH (Java), or where the URL of a GET would be longer than 2,048 letters (Python).
 */
export const overriddenMethod = ({ method, headers }: IncomingMessage): string | undefined => {
  const override = headers["x-http-method-override"];
  return method === "POST" && typeof override === "string" && methods.has(override.toUpperCase())
    ? override.toUpperCase()
    : undefined;
};

/** Makes the body of a POST that stands for a GET the query that it is. */
export const takeQueryFromBody = (event: ALBEvent, body: Buffer): void => {
  const query = queryOf(body.toString("latin1"));
  if (event.multiValueQueryStringParameters) event.multiValueQueryStringParameters = query;
  else event.queryStringParameters = Object.fromEntries(Object.entries(query).map(([name, values]) => [name, values.at(-1)]));
};
