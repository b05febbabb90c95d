import { maxSteps, maxStride } from "./caps.ts";
import { msPerDay, msPerHour, msPerMinute, msPerSecond, weekdayOf } from "./civil.ts";
import { endOfTime } from "./pattern.ts";

/** The weekdays (a mask, bit 0 = Monday) and times of day that a rule lets through; empty: all. */
export interface Allowed {
  readonly weekdays: number;
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
}

/** Finds the first time at or after one that passes, both in milliseconds; what is past the end means that there is none. */
export type SlotFrom = (time: number) => number;

export const limitsTimes = ({ hours, minutes, seconds }: Allowed): boolean =>
  hours.length > 0 || minutes.length > 0 || seconds.length > 0;

/** Finds times of day. */
export const slotFinder = ({ hours, minutes, seconds }: Omit<Allowed, "weekdays">): SlotFrom => {
  const nextHour = nextTable(hours, 24);
  const nextMinute = nextTable(minutes, 60);
  const nextSecond = nextTable(seconds, 60);
  return (timeOfDay) => {
    let time = timeOfDay;
    while (time < msPerDay) {
      const hour = Math.floor(time / msPerHour);
      const passingHour = nextHour[hour] ?? 24;
      if (passingHour > hour) {
        time = passingHour * msPerHour;
        continue;
      }
      const minute = Math.floor(time / msPerMinute) - hour * 60;
      const passingMinute = nextMinute[minute] ?? 60;
      if (passingMinute > minute) {
        time = hour * msPerHour + passingMinute * msPerMinute;
        continue;
      }
      const second = Math.floor(time / msPerSecond) - hour * 3_600 - minute * 60;
      const passingSecond = nextSecond[second] ?? 60;
      if (passingSecond === second) return time;
      time = hour * msPerHour + minute * msPerMinute + passingSecond * msPerSecond;
    }
    return msPerDay;
  };
};

/** For each number below `count`, the first one at or after it that is in the list, or `count`. */
const nextTable = (list: readonly number[], count: number): readonly number[] => {
  const table: number[] = [];
  let next = count;
  for (let number = count - 1; number >= 0; number -= 1) {
    if (list.length === 0 || list.includes(number)) next = number;
    table[number] = next;
  }
  return table;
};

/**
 * Whether periods of a length, from an origin on, ever fall on an allowed weekday and time of day: every second minute from 09:00
 * is never 09:01. It asks for the minute, the hour, the day and the week in turn, so that each finds an answer after few steps.
 */
export const isReachable = (origin: number, length: number, allowed: Allowed): boolean => {
  const { weekdays, hours, minutes, seconds } = allowed;
  const timeOfDay = slotFinder(allowed);
  const timeOfWeek: SlotFrom = (time) => {
    const day = Math.floor(time / msPerDay);
    const passes = weekdays === 0 || ((weekdays >>> weekdayOf(day)) & 1) === 1;
    return day * msPerDay + (passes ? timeOfDay(time - day * msPerDay) : msPerDay);
  };
  return (
    (seconds.length === 0 ||
      meets(origin, length, { span: msPerMinute, slotFrom: slotFinder({ hours: [], minutes: [], seconds }) })) &&
    (minutes.length === 0 || meets(origin, length, { span: msPerHour, slotFrom: slotFinder({ hours: [], minutes, seconds }) })) &&
    (hours.length === 0 || meets(origin, length, { span: msPerDay, slotFrom: timeOfDay })) &&
    (weekdays === 0 || meets(origin, length, { span: 7 * msPerDay, slotFrom: timeOfWeek }))
  );
};

/** Whether the periods meet a slot of a span that repeats: in it they fall on all multiples of a stride from the first. */
const meets = (origin: number, length: number, { span, slotFrom }: { span: number; slotFrom: SlotFrom }): boolean => {
  const stride = greatestDivisor(length, span);
  const first = origin - Math.floor(origin / stride) * stride;
  let time = first;
  while (time < span) {
    const slot = slotFrom(time);
    if (slot === time) return true;
    time = first + Math.ceil((slot - first) / stride) * stride;
  }
  return false;
};

/** Whether periods meet times of day so seldom that finding each instance would cost too many steps. */
export const isTooSparse = (origin: number, length: number): boolean =>
  length / greatestDivisor(length, msPerDay) > maxStride && (endOfTime - origin) / length > maxSteps;

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
