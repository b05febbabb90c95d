/**
 * Every way a request can fail: the word a client matches on, the status, and the sentence. One catalogue for all surfaces.
 * Words and sentences are Google's where Google has them (developers.google.com/workspace/calendar/api/guides/errors), because
 * clients compare them.
 */
interface Kind {
  readonly status: number;
  readonly message: string;
  /** The word on the wire when it is not the key itself. */
  readonly reason?: string;
  readonly domain?: "global" | "calendar" | "usageLimits";
  readonly locationType?: "parameter" | "header";
  readonly location?: string;
}

export const failures = {
  authError: { status: 401, message: "Invalid Credentials", locationType: "header", location: "Authorization" },
  loginRequired: {
    status: 401,
    reason: "required",
    message: "Login Required",
    locationType: "header",
    location: "Authorization",
  },
  forbidden: { status: 403, message: "Forbidden" },
  insufficientPermissions: { status: 403, message: "Insufficient Permission" },
  ipRefererBlocked: {
    status: 403,
    domain: "usageLimits",
    message: "There is a per-IP restriction configured on your API key and the request does not match it.",
  },
  responseTooLarge: {
    status: 403,
    message:
      "The answer would be longer than 1 MB, more than this endpoint can send here. Ask for less at once, by maxResults, fields or a shorter time, or let it be compressed (Accept-Encoding: gzip).",
  },
  requiredAccessLevel: { status: 403, domain: "calendar", message: "You need to have writer access to this calendar." },
  forbiddenForNonOrganizer: {
    status: 403,
    domain: "calendar",
    message: "Shared properties can only be changed by the organizer of the event.",
  },
  cannotChangeOrganizer: {
    status: 403,
    domain: "calendar",
    message: "The organizer of an event can only be changed from the organizer's own calendar.",
  },
  cannotChangeOrganizerOfInstance: {
    status: 400,
    domain: "calendar",
    message: "Cannot change the organizer of an instance.",
  },
  eventTypeRestriction: { status: 400, domain: "calendar", message: "This operation is not available for this type of event." },
  quotaExceeded: { status: 403, domain: "usageLimits", message: "Calendar usage limits exceeded." },
  cannotChangeOwnAcl: { status: 403, domain: "calendar", message: "Cannot change your own access level." },
  cannotChangeOwnerAcl: { status: 403, domain: "calendar", message: "Cannot change the access level of the calendar's owner." },
  cannotChangeOwnPrimarySubscription: {
    status: 403,
    domain: "calendar",
    message: "Cannot change the subscription to your own primary calendar.",
  },
  cannotUnsubscribeFromOwnedCalendar: {
    status: 403,
    domain: "calendar",
    message: "Cannot unsubscribe from a calendar that you own. Delete it instead.",
  },
  cannotDeletePrimaryCalendar: { status: 403, domain: "calendar", message: "The primary calendar of a user cannot be deleted." },
  cannotDeleteLastAdministrator: {
    status: 403,
    domain: "calendar",
    message: "The last administrator cannot be erased.",
  },
  badRequest: { status: 400, message: "Bad Request" },
  parseError: { status: 400, message: "Parse Error" },
  required: { status: 400, message: "Required" },
  invalid: { status: 400, message: "Invalid Value" },
  invalidParameter: { status: 400, message: "Invalid parameter value" },
  cannotUseDefaultRemindersAndSpecifyOverride: {
    status: 400,
    domain: "calendar",
    message: "Cannot specify both default reminders and overrides at the same time.",
    locationType: "parameter",
    location: "reminders",
  },
  timeRangeEmpty: { status: 400, domain: "calendar", message: "The specified time range is empty." },
  timeRangeTooLong: {
    status: 400,
    domain: "calendar",
    message: "The requested time range is too long.",
    locationType: "parameter",
    location: "timeMax",
  },
  channelIdNotUnique: { status: 400, message: "Channel id not unique", locationType: "parameter", location: "id" },
  webhookUrlNotHttps: {
    status: 400,
    reason: "push.webhookUrlNotHttps",
    message: "WebHook callback must be HTTPS",
    locationType: "parameter",
    location: "address",
  },
  webhookUrlUnauthorized: {
    status: 400,
    reason: "push.webhookUrlUnauthorized",
    message: "Unauthorized WebHook callback channel",
    locationType: "parameter",
    location: "address",
  },
  invalidSequence: {
    status: 400,
    reason: "invalid",
    message: "Invalid sequence value. The specified sequence number is below the current sequence number of the resource.",
    locationType: "parameter",
    location: "sequence",
  },
  invalidSyncToken: {
    status: 400,
    reason: "invalid",
    message: "Invalid sync token value.",
    locationType: "parameter",
    location: "syncToken",
  },
  notFound: { status: 404, message: "Not Found" },
  methodNotAllowed: { status: 405, reason: "httpMethodNotAllowed", message: "Method Not Allowed" },
  requestTimeout: { status: 408, message: "The request was not sent completely in time." },
  duplicate: { status: 409, message: "The requested identifier already exists." },
  idempotencyRequestInProgress: {
    status: 409,
    message: "The first request with this Idempotency-Key is still running. Please try again.",
    locationType: "header",
    location: "Idempotency-Key",
  },
  deleted: { status: 410, message: "Resource has been deleted" },
  fullSyncRequired: {
    status: 410,
    domain: "calendar",
    message: "Sync token is no longer valid, a full sync is required.",
    locationType: "parameter",
    location: "syncToken",
  },
  updatedMinTooLongAgo: {
    status: 410,
    domain: "calendar",
    message: "The requested minimum modification time lies too far in the past.",
    locationType: "parameter",
    location: "updatedMin",
  },
  conditionNotMet: { status: 412, message: "Precondition Failed", locationType: "header", location: "If-Match" },
  uploadTooLarge: { status: 413, message: "The request body is too large." },
  unsupportedMediaType: { status: 415, message: "Unsupported Media Type", locationType: "header", location: "Content-Type" },
  idempotencyKeyReused: {
    status: 422,
    message: "This Idempotency-Key was used for another request. Use it again only to repeat that one.",
    locationType: "header",
    location: "Idempotency-Key",
  },
  rateLimitExceeded: { status: 429, domain: "usageLimits", message: "Rate Limit Exceeded" },
  userRateLimitExceeded: { status: 429, domain: "usageLimits", message: "User Rate Limit Exceeded" },
  internalError: { status: 500, message: "Internal Error" },
  notImplemented: { status: 501, message: "This server cannot do that." },
  backendError: { status: 503, message: "The database cannot be reached at the moment. Please try again." },
  queryTimeout: {
    status: 503,
    reason: "backendError",
    message: "The request took longer than a statement may. Ask for less at once.",
  },
  overloaded: { status: 503, reason: "serviceNotAvailable", message: "The server is at its limit. Please try again." },
} as const satisfies Record<string, Kind>;

export type Reason = keyof typeof failures;

/** What a refusal may say beyond its reason. Texts are sentences for the client's developer; they never carry secrets. */
export interface FailureDetail {
  readonly message?: string;
  readonly locationType?: "parameter" | "header";
  readonly location?: string;
  readonly cause?: unknown;
}

/** A request that cannot be done, and why. Thrown by the rules, answered by the entry in the surface's own shape. */
export class Failure extends Error {
  readonly reason: Reason;
  readonly locationType: "parameter" | "header" | undefined;
  readonly location: string | undefined;

  constructor(reason: Reason, detail: FailureDetail = {}) {
    const kind: Kind = failures[reason];
    super(detail.message ?? kind.message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "Failure";
    this.reason = reason;
    this.location = detail.location ?? kind.location;
    this.locationType = detail.locationType ?? kind.locationType ?? (detail.location === undefined ? undefined : "parameter");
  }

  get status(): number {
    return failures[this.reason].status;
  }
}

/**
 * Google's error body: `{error: {errors: [{domain, reason, message, locationType?, location?}], code, message}}`; `code` is the
 * status that the answer has.
 */
export const errorBody = (failure: Failure, code: number) => {
  const kind: Kind = failures[failure.reason];
  return {
    error: {
      errors: [
        {
          domain: kind.domain ?? "global",
          reason: kind.reason ?? failure.reason,
          message: failure.message,
          ...(failure.location !== undefined && { locationType: failure.locationType, location: failure.location }),
        },
      ],
      code,
      message: failure.message,
    },
  };
};
