import { calendarText } from "#lib/domain/calendars/export.ts";
import type { AclRule } from "#lib/model/acl.ts";
import type { AuditCursor, AuditEntry } from "#lib/model/audit.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { ListEntry } from "#lib/model/calendar-list.ts";
import type { Channel } from "#lib/model/channel.ts";
import type { Event } from "#lib/model/event.ts";
import * as acl from "#lib/sql/acl.ts";
import * as audit from "#lib/sql/audit.ts";
import * as calendarList from "#lib/sql/calendar-list.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as exported from "#lib/sql/export.ts";
import * as keys from "#lib/sql/keys.ts";
import * as settings from "#lib/sql/settings.ts";
import * as usage from "#lib/sql/usage.ts";
import type { UserRow } from "#lib/sql/users.ts";
import { joinPages, onePage, type Pages, pageSize, readPages, toJson } from "./export-pages.ts";
import { partsElsewhere } from "./export-parts.ts";
import type { ArchiveFile } from "./spool.ts";

/** How the things of an export are written, as clients of the API read them. */
export interface Writers {
  readonly user: (user: UserRow) => object;
  readonly setting: (setting: settings.SettingRow) => object;
  readonly key: (key: keys.KeyRow) => object;
  readonly calendar: (calendar: Calendar) => object;
  readonly rule: (rule: AclRule) => object;
  readonly entry: (entry: ListEntry) => object;
  readonly event: (event: Event, calendar: Pick<Calendar, "id" | "timeZone">) => object;
  readonly channel: (channel: Channel) => object;
  readonly audit: (entry: AuditEntry) => object;
  readonly usage: (usage: usage.UsageRow) => object;
}

/** A list as a file; it is not read before its turn comes. */
const file = <Row>(name: string, pages: () => Pages<Row>, write: (row: Row) => object): ArchiveFile => ({
  name,
  text: () => toJson(pages(), write),
});

/** A part of a path that any file system takes and that leads nowhere: an id may have been a client's. */
const safeName = (id: string): string => id.replaceAll(/[^A-Za-z0-9@_-]+/g, "_").slice(0, 80);

const everyEntry = { showDeleted: true, showHidden: true, calendars: null, minAccessRole: undefined, domain: undefined };
const everyAuditEntry = {
  userId: undefined,
  keyId: undefined,
  calendarId: undefined,
  action: undefined,
  from: undefined,
  to: undefined,
};
const ever = { from: "0001-01-01", to: "9999-12-31", keyId: undefined };

type CalendarRule = AclRule & { readonly calendarId: string };

/** All files of an export but what explains them. `db` is one snapshot that they all are read from, one after the other. */
export const exportFiles = (
  db: Connection,
  user: UserRow,
  calendars: readonly Calendar[],
  write: Writers,
  now: number,
): readonly ArchiveFile[] => {
  const { id: userId, email } = user;
  const reader = { userId, email };

  const filesOf = (calendar: Calendar, index: number): readonly ArchiveFile[] => {
    const name = `calendars/${String(index + 1).padStart(3, "0")}-${safeName(calendar.id)}`;
    const read = (afterId = "") => exported.listEvents(db, calendar.id, afterId, pageSize);
    const events = () => readPages(read, ({ id }: Event) => id);
    return [
      { name: `${name}.ics`, text: () => calendarText(db, calendar, { role: "owner", email }, now) },
      file(`${name}.events.json`, events, (event) => write.event(event, calendar)),
    ];
  };
  const rulesOf = (calendarId: string): Pages<CalendarRule> => {
    const read = async (afterId = "") => {
      const rules = await acl.list(db, calendarId, { afterId, withGone: true, limit: pageSize });
      return rules.map((rule): CalendarRule => ({ calendarId, ...rule }));
    };
    return readPages(read, ({ id }) => id);
  };
  const writeRule = (rule: CalendarRule) => ({ calendarId: rule.calendarId, ...write.rule(rule) });
  const entriesLike = (filter: { readonly userId?: string; readonly calendarId?: string }) =>
    readPages<AuditEntry, AuditCursor>(
      (after) => audit.list(db, { ...everyAuditEntry, ...filter }, after, pageSize),
      (last) => last,
    );
  const entriesAbout = () =>
    readPages<AuditEntry, AuditEntry>(
      (after) => exported.listAuditAbout(db, reader, after ?? { chain: 0, number: 0 }, pageSize),
      (last) => last,
    );
  const byOthers = async function* (pages: Pages<AuditEntry>): Pages<AuditEntry> {
    for await (const page of pages) yield page.filter((entry) => entry.userId !== userId);
  };

  return [
    { name: "profile.json", text: () => [`${JSON.stringify(write.user(user), null, 2)}\n`] },
    file("settings.json", () => onePage(() => settings.list(db, userId)), write.setting),
    file("keys.json", () => onePage(() => keys.list(db, userId)), write.key),
    file(
      "groups.json",
      () => onePage(() => exported.listGroups(db, email)),
      (address) => ({ email: address }),
    ),
    file(
      "calendar-list.json",
      () =>
        readPages(
          (afterId: string | undefined = "") => calendarList.list(db, reader, everyEntry, { afterId, limit: pageSize }),
          (last) => last.calendarId,
        ),
      write.entry,
    ),
    file("calendars.json", () => onePage(async () => calendars), write.calendar),
    file("access-rules.json", () => joinPages(...calendars.map(({ id }) => rulesOf(id))), writeRule),
    ...calendars.flatMap(filesOf),
    file(
      "access-to-others.json",
      () =>
        readPages(
          (after: string | undefined = "") => exported.listRules(db, reader, after, pageSize),
          (last) => last.calendarId,
        ),
      writeRule,
    ),
    file(
      "events-of-others.json",
      () => partsElsewhere(db, reader, write.event),
      (part) => part,
    ),
    file("channels.json", () => onePage(() => exported.listChannels(db, userId)), write.channel),
    file(
      "audit.json",
      () => joinPages(entriesLike({ userId }), byOthers(entriesLike({ calendarId: email })), entriesAbout()),
      write.audit,
    ),
    file(
      "usage.json",
      () =>
        readPages<usage.UsageRow, usage.UsageCursor>(
          (after) => usage.list(db, { ...ever, userId }, undefined, after, pageSize),
          (last) => last,
        ),
      write.usage,
    ),
  ];
};
