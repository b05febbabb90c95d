import type { ALBEvent, ALBResult } from "aws-lambda";
import { failureAnswer, preflightAnswer, toFailure } from "#lib/entry/answer.ts";
import { incoming } from "#lib/entry/incoming.ts";
import { requestScope } from "#lib/entry/request-scope.ts";
import { Failure } from "#lib/errors.ts";
import { log } from "#lib/observe/logger.ts";
import { count } from "#lib/observe/metrics.ts";
import { inScope } from "#lib/observe/scope.ts";
import type { Refusal } from "./refusal.ts";

const failureOf = ({ kind, status, allow, cause }: Refusal): Failure => {
  switch (kind) {
    case "routeNotFound":
      return new Failure("notFound", { message: "There is no such endpoint." });
    case "methodNotAllowed":
      return new Failure("methodNotAllowed", { message: `This endpoint takes ${(allow ?? []).join(", ")} only.` });
    case "bodyTooLarge":
      return new Failure("uploadTooLarge");
    case "overloaded":
      return new Failure("overloaded");
    case "timeout":
      return new Failure(status === 504 ? "queryTimeout" : "requestTimeout");
    case "malformedRequest":
      return new Failure("badRequest", { message: "The request is not well-formed HTTP." });
    case "internal":
      return toFailure(cause ?? new Error("An endpoint gave an answer that cannot be sent."));
  }
};

/**
 * Answers what never reached an endpoint, in the shape and with the headers, log line and counts of everything else. A preflight is
 * refused by the router, since it is no endpoint's verb, and answered here.
 */
export const refuse = (refusal: Refusal, event?: ALBEvent): ALBResult => {
  const request = event && incoming(event);
  return inScope(requestScope(request?.headers ?? {}, 0), () => {
    const preflight = refusal.kind === "methodNotAllowed" && request ? preflightAnswer(request) : undefined;
    if (preflight) return preflight;
    const failure = failureOf(refusal);
    const answer = failureAnswer(request ?? {}, failure, refusal.status);
    count("Refusals", { Kind: refusal.kind });
    count("Answers", { StatusClass: `${Math.floor(refusal.status / 100)}xx` });
    log.info("request", { method: event?.httpMethod, refused: refusal.kind, status: refusal.status });
    return answer;
  });
};
