import { roles } from "#lib/model/calendar.ts";
import { flag, integer, list, oneOf, optional, text } from "#lib/schema.ts";

export const CalendarId = text({ minLength: 1, maxLength: 320, description: "A calendar's id, or `primary`: the caller's own." });
export const EventId = text({
  minLength: 1,
  maxLength: 1_100,
  description: "An event's id, or an instance's: `<series>_<original start>`.",
});
export const UserId = text({ minLength: 1, maxLength: 64, description: "A user's id, or `me`." });
export const KeyId = text({ minLength: 1, maxLength: 64, description: "An API key's id (not the key)." });

export const AccessRole = oneOf(...roles);
export const RuleId = text({
  minLength: 1,
  maxLength: 330,
  description: "A rule's id: `user:<address>`, `group:<address>`, `domain:<name>` or `default`.",
});
export const SettingId = text({ minLength: 1, maxLength: 64, description: "A setting's id, `weekStart`." });
export const GroupId = text({ minLength: 1, maxLength: 320, description: "A group's id: its address." });
export const MemberAddress = text({ minLength: 1, maxLength: 320, description: "A member's address." });

export const PageToken = optional(text({ maxLength: 2_048, description: "Where the previous page ended: its `nextPageToken`." }));
export const SyncToken = optional(
  text({ maxLength: 2_048, description: "The `nextSyncToken` of an earlier list: only what has changed since is listed." }),
);
export const Instant = optional(text({ maxLength: 40, description: "RFC 3339 with an offset." }));
export const TimeZoneName = text({ minLength: 1, maxLength: 100, description: "IANA time zone, `America/New_York`." });
const SendUpdates = optional(oneOf("all", "externalOnly", "none"));

/** Parameters of writes that say who shall hear of it; accepted, nobody outside is told yet. */
export const notificationParameters = { sendUpdates: SendUpdates, sendNotifications: optional(flag()) };

/** Parameters of writes that say which newer parts of the API the client knows. */
export const versionParameters = {
  conferenceDataVersion: optional(integer({ minimum: 0, maximum: 1 })),
  eventLabelVersion: optional(integer({ minimum: 0, maximum: 1 })),
  supportsAttachments: optional(flag()),
  maxAttendees: optional(integer({ minimum: 1 })),
  alwaysIncludeEmail: optional(flag()),
};

export const Words = (description: string) => optional(list(text({ maxLength: 2_000 }), { maxItems: 100, description }));

/** A page size: values above the limit are cut to it, as Google does, so only the lower bound is checked. */
export const MaxResults = optional(integer({ minimum: 1, description: "How many items a page may have." }));

/** The page size that is meant. */
export const pageSize = (asked: number | undefined, usual: number, most: number): number => Math.min(asked ?? usual, most);
