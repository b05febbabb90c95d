/** The parameters of lists, which are also those of the channels that watch them. */
import { flag, integer, oneOf, optional, text } from "#lib/schema.ts";
import { AccessRole, Instant, MaxResults, PageToken, SyncToken, TimeZoneName, Words } from "./common.ts";

export const eventsQuery = {
  timeMin: Instant,
  timeMax: Instant,
  updatedMin: Instant,
  singleEvents: optional(flag({ description: "List the instances of series instead of the series." })),
  showDeleted: optional(flag()),
  orderBy: optional(oneOf("startTime", "updated")),
  maxResults: MaxResults,
  pageToken: PageToken,
  syncToken: SyncToken,
  q: optional(text({ maxLength: 1_000 })),
  iCalUID: optional(text({ maxLength: 1_024 })),
  privateExtendedProperty: Words("name=value; several must all hold."),
  sharedExtendedProperty: Words("name=value; several must all hold."),
  eventTypes: Words("Only events of these types."),
  timeZone: optional(TimeZoneName),
  maxAttendees: optional(integer({ minimum: 1 })),
  alwaysIncludeEmail: optional(flag()),
  showHiddenInvitations: optional(flag()),
};

export const calendarListQuery = {
  maxResults: MaxResults,
  pageToken: PageToken,
  syncToken: SyncToken,
  minAccessRole: optional(AccessRole),
  showDeleted: optional(flag()),
  showHidden: optional(flag()),
  showOwnOrganizationOnly: optional(flag({ description: "Only calendars of owners in the caller's own domain." })),
};

export const rulesQuery = {
  maxResults: MaxResults,
  pageToken: PageToken,
  syncToken: SyncToken,
  showDeleted: optional(flag({ description: "List rules that were taken away too, as role `none`." })),
};

export const settingsQuery = { maxResults: MaxResults, pageToken: PageToken, syncToken: SyncToken };
