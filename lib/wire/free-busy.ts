import { Failure } from "#lib/errors.ts";
import type { Zone } from "#lib/model/zone.ts";
import { integer, list, maybe, object, oneOf, optional, record, type Static, text } from "#lib/schema.ts";
import { readInstant, readZone, writeInstant } from "./time.ts";

export const FreeBusyBody = object({
  timeMin: maybe(text({ maxLength: 40, description: "RFC 3339 with an offset." })),
  timeMax: maybe(text({ maxLength: 40, description: "RFC 3339 with an offset." })),
  timeZone: maybe(text({ maxLength: 100, description: "The zone the answer's times are written in; UTC when missing." })),
  groupExpansionMax: maybe(integer({ minimum: 1, description: "Groups with more members are not expanded." })),
  calendarExpansionMax: maybe(integer({ minimum: 1, description: "Calendars beyond so many are not read." })),
  items: maybe(list(object({ id: text({ minLength: 1, maxLength: 320 }) }), { maxItems: 10_000 })),
});
export type FreeBusyBody = Static<typeof FreeBusyBody>;

const Problems = optional(list(object({ domain: oneOf("global"), reason: text() })));

export const FreeBusyReply = object({
  kind: oneOf("calendar#freeBusy"),
  timeMin: text(),
  timeMax: text(),
  calendars: record(object({ busy: list(object({ start: text(), end: text() })), errors: Problems })),
  groups: optional(record(object({ calendars: list(text()), errors: Problems }))),
});

interface Interval {
  readonly start: number;
  readonly end: number;
}

const readBound = (value: string | null | undefined, location: "timeMin" | "timeMax"): number => {
  const instant = readInstant(value || undefined, location);
  if (instant === undefined) throw new Failure("required", { location, message: `Missing ${location} parameter.` });
  return instant;
};

/** Reads what is asked for; milliseconds are ignored. Throws `required`, `invalidParameter`, `invalid`. */
export const toFreeBusyQuery = (body: FreeBusyBody) => ({
  window: { start: readBound(body.timeMin, "timeMin"), end: readBound(body.timeMax, "timeMax") },
  zone: readZone(body.timeZone || "UTC", "timeZone"),
  ids: (body.items ?? []).map(({ id }) => id),
  groupExpansionMax: body.groupExpansionMax ?? undefined,
  calendarExpansionMax: body.calendarExpansionMax ?? undefined,
});

type Answers<Answer> = ReadonlyMap<string, readonly Answer[] | string>;

const problem = (reason: string) => ({ errors: [{ domain: "global" as const, reason }] });

/** Writes instants in a zone; people meet at the same times, so each is put together once. */
const writerOf = (zone: Zone) => {
  const texts = new Map<number, string>();
  return (instant: number): string => {
    let text = texts.get(instant);
    if (text === undefined) {
      text = writeInstant(instant, zone);
      texts.set(instant, text);
    }
    return text;
  };
};

/** The answer as clients read it (freebusy.query): what could not be read has an error and no times. */
export const fromFreeBusy = (
  { calendars, groups }: { readonly calendars: Answers<Interval>; readonly groups: Answers<string> },
  { window, zone }: { readonly window: Interval; readonly zone: Zone },
): Static<typeof FreeBusyReply> => {
  const write = writerOf(zone);
  return {
    kind: "calendar#freeBusy",
    timeMin: new Date(window.start).toISOString(),
    timeMax: new Date(window.end).toISOString(),
    ...(groups.size > 0 && {
      groups: Object.fromEntries(
        [...groups].map(([id, members]) => [
          id,
          typeof members === "string" ? { ...problem(members), calendars: [] } : { calendars: [...members] },
        ]),
      ),
    }),
    calendars: Object.fromEntries(
      [...calendars].map(([id, busy]) => [
        id,
        typeof busy === "string"
          ? { ...problem(busy), busy: [] }
          : { busy: busy.map(({ start, end }) => ({ start: write(start), end: write(end) })) },
      ]),
    ),
  };
};
