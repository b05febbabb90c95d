import { Failure } from "#lib/errors.ts";
import type { Usage, UsageFilter } from "#lib/model/usage.ts";
import { integer, list, object, oneOf, optional, type Static, text } from "#lib/schema.ts";
import { readMoment } from "./time.ts";

export const usageParameters = {
  from: optional(text({ maxLength: 10, description: "The first day, YYYY-MM-DD in UTC; thirty days before `to` when missing." })),
  to: optional(text({ maxLength: 10, description: "The day after the last one, YYYY-MM-DD; tomorrow when missing." })),
  userId: optional(text({ minLength: 1, maxLength: 64, description: "Of this user's keys: an id, or `me`." })),
  keyId: optional(text({ minLength: 1, maxLength: 64, description: "Of the API key with this id." })),
};

const UsageItem = object({
  kind: oneOf("calendar#keyUsage"),
  day: text({ description: "YYYY-MM-DD, in UTC." }),
  userId: text(),
  keyId: text(),
  requests: integer({ description: "Calls in a batch count by themselves." }),
  writes: integer({ description: "Requests for changes, whatever became of them." }),
  errors: integer({ description: "Requests that were answered with 400 or above." }),
  bytesIn: integer({ description: "Of bodies as they were sent, without headers." }),
  bytesOut: integer(),
});

export const UsageReply = object({ kind: oneOf("calendar#usage"), nextPageToken: optional(text()), items: list(UsageItem) });

/** Reads a day. Throws `invalidParameter`. */
const readDay = (value: string | undefined, location: string): string | undefined => {
  if (value === undefined) return undefined;
  try {
    readMoment(`${value}T00:00:00Z`, location);
  } catch {
    throw new Failure("invalidParameter", {
      location,
      message: `Invalid value for ${location}: it must be a day like 2026-03-08.`,
    });
  }
  return value;
};

/** Reads what to list; throws `invalidParameter` for what is no day. */
export const toUsageFilter = ({
  from,
  to,
  userId,
  keyId,
}: {
  readonly [Name in keyof typeof usageParameters]?: string | undefined;
}): UsageFilter => ({ userId, keyId, from: readDay(from, "from"), to: readDay(to, "to") });

export const fromUsage = (usage: Usage & { readonly userId: string }): Static<typeof UsageItem> => ({
  kind: "calendar#keyUsage",
  ...usage,
});
