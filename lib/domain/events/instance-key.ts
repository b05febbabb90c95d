import { type EventTime, isAllDay } from "#lib/model/event.ts";

/**
 * How an instance of a series is known: by where its rule puts it. `20260308T130000Z` for a timed one (UTC), `20260308` for an
 * all-day one; the instance's id is `<master>_<key>`. Keys of one series sort as their times do.
 */
export const keyOfStart = (start: number, allDay: boolean): string => {
  const iso = new Date(start).toISOString().replaceAll(/[-:]/g, "");
  return allDay ? iso.slice(0, 8) : `${iso.slice(0, 15)}Z`;
};

/** The key of an original start: of an all-day one its date, as-if-UTC. */
export const keyOf = (time: EventTime): string =>
  isAllDay(time) ? time.date.replaceAll("-", "") : keyOfStart(time.instant, false);

const pattern = /^(.+)_(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})Z)?$/;

/** Reads an instance's id; undefined when it has not the form of one. `start` is an instant, or the date as-if-UTC. */
export const parseInstanceId = (
  id: string,
): { readonly masterId: string; readonly start: number; readonly allDay: boolean } | undefined => {
  const parts = pattern.exec(id);
  if (!parts) return undefined;
  const [masterId, ...numbers] = parts.slice(1) as [string, ...(string | undefined)[]];
  const [year, month, day, hour, minute, second] = numbers.map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const start = new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000;
  return Number.isFinite(start) ? { masterId, start, allDay: numbers[3] === undefined } : undefined;
};

export const instanceId = (masterId: string, key: string): string => `${masterId}_${key}`;
