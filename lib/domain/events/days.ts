import type { Zone } from "#lib/model/zone.ts";

/** A day in milliseconds. Days are numbered by their midnights as if these were UTC. */
export const day = 86_400_000;

const firstDay = Date.parse("0001-01-01T00:00:00Z");
const lastDay = Date.UTC(9999, 11, 31);

/** A date as the number that days are counted in here: its midnight as if it were UTC, epoch milliseconds. */
export const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`);

/** The date of a day; what lies outside of the years 1 to 9999 is the nearest day in them. */
export const dateOf = (number: number): string =>
  new Date(Math.min(Math.max(number, firstDay), lastDay)).toISOString().slice(0, 10);

/** The day that an instant belongs to in a zone. */
export const dayOf = (instant: number, zone: Zone): number => Math.floor(zone.toLocal(instant) / day) * day;

/** The first day that begins, in a zone, at an instant or after it; where clocks skip midnight, a day begins after the gap. */
export const firstDayFrom = (instant: number, zone: Zone): number => {
  const today = dayOf(instant, zone);
  return zone.toInstant(today) >= instant ? today : today + day;
};
