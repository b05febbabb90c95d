import type { Context } from "#lib/context.ts";
import { checkBesideSyncToken, readSyncPage, type SyncPage, type SyncQuery } from "#lib/domain/pages.ts";
import type { Role } from "#lib/model/calendar.ts";
import type { ListEntry } from "#lib/model/calendar-list.ts";
import * as calendarList from "#lib/sql/calendar-list.ts";
import * as users from "#lib/sql/users.ts";

interface CalendarListQuery extends SyncQuery {
  readonly minAccessRole: Role | undefined;
  readonly showDeleted: boolean | undefined;
  readonly showHidden: boolean | undefined;
  readonly showOwnOrganizationOnly: boolean | undefined;
}

/**
 * Lists the calendars in the caller's list: a page in the order of their ids, or of the entries that have changed since a sync token.
 * A change of the calendar alone, or of the caller's role, is none of the entry. Throws `invalid`, `invalidSyncToken`,
 * `fullSyncRequired`.
 */
export const listEntries = async (ctx: Context, query: CalendarListQuery): Promise<SyncPage<ListEntry>> => {
  const { caller } = ctx;
  const { minAccessRole, showDeleted, showHidden, showOwnOrganizationOnly } = query;
  checkBesideSyncToken(query.syncToken, {
    notWith: { minAccessRole, showOwnOrganizationOnly },
    notFalse: { showDeleted, showHidden },
  });
  const filter: calendarList.EntryFilter = {
    showDeleted: showDeleted ?? false,
    showHidden: showHidden ?? false,
    minAccessRole,
    calendars: caller.calendars,
    domain: showOwnOrganizationOnly ? caller.email.split("@")[1] : undefined,
  };
  const canSync = minAccessRole === undefined && !showOwnOrganizationOnly;
  // A list that a limited key sees is another list: its tokens are good for nothing else.
  const of = [caller.userId, ...(caller.calendars ?? [])].join(" ");
  const version = await users.findVersion(ctx.db, caller.userId);
  return readSyncPage(ctx, { name: "calendarList", of, parameters: filter }, query, version, canSync, {
    all: (afterId, limit) => calendarList.list(ctx.db, caller, filter, { afterId, limit }),
    changed: (after, limit) => calendarList.listByChange(ctx.db, caller, filter, after, limit),
    cursorOf: ({ change, calendarId: id }) => ({ change, id }),
  });
};
