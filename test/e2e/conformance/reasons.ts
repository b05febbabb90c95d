import type { Reason } from "#lib/errors.ts";

/** The reasons that real tools handle (fact 42). */
export const reasonsOfGoogle = (
  "accessNotConfigured authError backendError badRequest cannotChangeOrganizer cannotChangeOrganizerOfInstance " +
  "cannotChangeOwnAcl cannotChangeOwnerAcl cannotChangeOwnPrimarySubscription cannotDeletePrimaryCalendar conditionNotMet " +
  "conflict deleted duplicate eventDurationExceedsLimit eventTypeRestriction forbidden forbiddenForNonOrganizer invalid " +
  "invalidParameter malformedWorkingLocationEvent notACalendarUser notFound operationNotSupported " +
  "participantIsNeitherOrganizerNorAttendee quotaExceeded rateLimitExceeded required requiredAccessLevel serviceNotAvailable " +
  "timeRangeEmpty userRateLimitExceeded"
).split(" ");

/** Those that this server never has, and why. */
export const neverOurs: Readonly<Record<string, string>> = {
  accessNotConfigured: "There are no projects in which the API would have to be switched on.",
  conflict: "Writes to one calendar follow one another; none is refused because another is under way.",
  eventDurationExceedsLimit: "An event may be as long as time is.",
  malformedWorkingLocationEvent: "What is special about working locations is kept as data, and not checked.",
  notACalendarUser: "Whoever has a key has a calendar; addresses of nobody may be invited, and calendars shared with them.",
  operationNotSupported: "All operations are there on all calendars.",
  participantIsNeitherOrganizerNorAttendee: "An event may be imported by who takes no part in it.",
};

/** Failures that nothing in `reasons.test.ts` brings about: the file and title of the test that does. */
export const shownElsewhere: Partial<Record<Reason, readonly [file: string, title: string]>> = {
  backendError: ["test/container/process.test.ts", "says clearly that its database is away, and goes on when it is back"],
  fullSyncRequired: [
    "test/e2e/conformance/lists.test.ts",
    "that has expired is refused with 410 fullSyncRequired, one that is none with 400, in Google's very words",
  ],
  idempotencyRequestInProgress: [
    "test/idempotency/idempotency.test.ts",
    "is refused with 409 while the first one runs for long, and may be sent again then",
  ],
  insufficientPermissions: ["test/keys/limits.test.ts", "does what they say, and is refused the rest in Google's words"],
  ipRefererBlocked: ["test/keys/limits.test.ts", "is refused from others, which the load balancer reports, not the client"],
  internalError: [
    "test/entry/entry.test.ts",
    "to what nobody foresaw says nothing of it, and the log no person's data but the error's own text",
  ],
  notImplemented: [
    "test/batch/batch.test.ts",
    "says on Lambda, where the other endpoints are not in the process, that it cannot",
  ],
  overloaded: ["test/batch/batch.test.ts", "are not made either once the batch took 30 s"],
  quotaExceeded: ["test/acl/rules.test.ts", "refuses more rules than a calendar can have, and takes another when one is gone"],
  queryTimeout: [
    "test/container/process.test.ts",
    "answers 503 when a statement takes too long, and keeps nothing of what it was doing",
  ],
  rateLimitExceeded: [
    "test/rate-limit/limits.test.ts",
    "counts before it is known who asks, and says no more than that it is too much",
  ],
  userRateLimitExceeded: [
    "test/rate-limit/limits.test.ts",
    "lets through what it says and refuses the next as Google does, and every answer says how it stands",
  ],
  requestTimeout: ["test/container/limits.test.ts", "answers 408 when the body does not come in time"],
  responseTooLarge: [
    "test/entry/entry.test.ts",
    "an answer that the load balancer would not take is refused, and one that is compressed goes through (%s)",
  ],
  updatedMinTooLongAgo: [
    "test/e2e/conformance/lists.test.ts",
    "since updatedMin has deleted ones whatever showDeleted says, and is refused for a time that is no longer kept",
  ],
};
