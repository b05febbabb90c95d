import { RRuleSet } from "rrule-rust";
import { compileSeries } from "#lib/recurrence/series.ts";

const rules = 5_000;
const patienceMs = 120_000;
const depth = 25;
const seed = 20_261_123;

/** A small seeded generator (a linear congruence modulo 2^32), so that a failure comes back with the same seed. */
const randomFrom = (start: number) => {
  let state = start >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    below: (limit: number): number => Math.floor(next() * limit),
    chance: (probability: number): boolean => next() < probability,
  };
};

type Random = ReturnType<typeof randomFrom>;

const pick = <T>(random: Random, from: readonly T[]): T => {
  const picked = from[random.below(from.length)];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
};

const someOf = (random: Random, most: number, make: () => string): string => {
  const values = new Set(Array.from({ length: 1 + random.below(most) }, make));
  return [...values].join(",");
};

const signed = (random: Random, most: number): string => String((random.chance(0.3) ? -1 : 1) * (1 + random.below(most)));

const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;

/** A rule of parts that RFC 5545 lets stand together. */
const randomRule = (random: Random): Map<string, string> => {
  const frequency = pick(random, ["YEARLY", "YEARLY", "MONTHLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]);
  const parts = new Map([["FREQ", frequency]]);
  const isLong = frequency === "YEARLY" || frequency === "MONTHLY";
  const isClock = frequency === "HOURLY" || frequency === "MINUTELY" || frequency === "SECONDLY";
  if (random.chance(0.5)) parts.set("INTERVAL", String(1 + random.below(isLong ? 4 : 13)));
  if (random.chance(0.3)) parts.set("WKST", pick(random, weekdays));
  if (random.chance(0.35))
    parts.set(
      "BYMONTH",
      someOf(random, 4, () => String(1 + random.below(12))),
    );
  if (frequency === "YEARLY" && random.chance(0.25))
    parts.set(
      "BYWEEKNO",
      someOf(random, 4, () => signed(random, 53)),
    );
  if ((frequency === "YEARLY" || isClock) && random.chance(0.2))
    parts.set(
      "BYYEARDAY",
      someOf(random, 8, () => signed(random, 366)),
    );
  if (frequency !== "WEEKLY" && random.chance(0.25))
    parts.set(
      "BYMONTHDAY",
      someOf(random, 6, () => signed(random, 31)),
    );
  if (random.chance(0.4)) {
    const numbered = isLong && !parts.has("BYWEEKNO");
    const nth = () =>
      numbered && random.chance(0.5) ? signed(random, frequency === "YEARLY" && !parts.has("BYMONTH") ? 52 : 4) : "";
    parts.set(
      "BYDAY",
      someOf(random, 4, () => nth() + pick(random, weekdays)),
    );
  }
  if (isClock) keepOne(random, parts, ["BYMONTH", "BYYEARDAY", "BYMONTHDAY", "BYDAY"]);
  if (!(isClock && parts.has("INTERVAL")) && random.chance(0.2))
    parts.set(
      "BYHOUR",
      someOf(random, 4, () => String(random.below(24))),
    );
  if (!(isClock && parts.has("INTERVAL")) && random.chance(0.15))
    parts.set(
      "BYMINUTE",
      someOf(random, 3, () => String(random.below(60))),
    );
  if (!(isClock && parts.has("INTERVAL")) && random.chance(0.1))
    parts.set(
      "BYSECOND",
      someOf(random, 3, () => String(random.below(60))),
    );
  const others = [...parts.keys()].filter((name) => name.startsWith("BY")).length;
  if (others > 0 && random.chance(0.25))
    parts.set(
      "BYSETPOS",
      someOf(random, 3, () => signed(random, isClock || frequency === "DAILY" ? 1 : random.chance(0.7) ? 4 : 20)),
    );
  if (!isClock && random.chance(0.3)) parts.set("COUNT", String(1 + random.below(depth)));
  return parts;
};

/** The oracle needs seconds to see that a rule of short periods matches nothing, so such rules are kept likely to match. */
const keepOne = (random: Random, parts: Map<string, string>, names: readonly string[]): void => {
  const kept = pick(random, names);
  for (const name of names) if (name !== kept) parts.delete(name);
};

/** A start in the years about 2000, with New Year well represented. */
const randomStart = (random: Random): number => {
  const day = random.chance(0.2)
    ? Date.UTC(1990 + random.below(20), 11, 25 + random.below(12))
    : Date.UTC(1995, 0, random.below(9_000));
  return day + random.below(24) * 3_600_000 + random.below(4) * 900_000 + random.below(2) * 30_000;
};

const stamp = (time: number): string => new Date(time).toISOString().replaceAll(/[-:]|\.000/g, "");
const textOf = (parts: ReadonlyMap<string, string>): string =>
  `RRULE:${[...parts].map(([name, value]) => `${name}=${value}`).join(";")}`;

const ours = (start: number, line: string, limit: number): number[] => {
  const series = compileSeries({ local: start, zone: null, allDay: false, duration: { kind: "exact", ms: 0 } }, [line]);
  const found: number[] = [];
  for (const occurrence of series.occurrences({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY })) {
    found.push(occurrence.start);
    if (found.length === limit) break;
  }
  return found;
};

/** How long rules without COUNT are compared: the oracle walks every period, and rare ones would take it to the year 9999. */
const dayMs = 86_400_000;
const decades = 14_610 * dayMs;
const spans: Readonly<Record<string, number>> = { HOURLY: 1_500 * dayMs, MINUTELY: 20 * dayMs, SECONDLY: dayMs };

const theirs = (start: number, line: string, limit: number): number[] =>
  RRuleSet.fromString(`DTSTART:${stamp(start)}\n${line}`)
    .all(limit)
    .map((date) => {
      const { year, month, day, time } = date as {
        year: number;
        month: number;
        day: number;
        time: { hour: number; minute: number; second: number };
      };
      return Date.UTC(year, month - 1, day, time.hour, time.minute, time.second);
    });

interface Difference {
  readonly parts: ReadonlyMap<string, string>;
  readonly start: number;
  readonly mine: readonly number[];
  readonly expected: readonly number[];
}

const isPrefix = (short: readonly number[], long: readonly number[]): boolean =>
  short.every((time, index) => time === long[index]);

/** Where the oracle departs from the RFC's text, with the reason. The first that applies to a difference explains it. */
const explained: readonly { readonly name: string; readonly applies: (difference: Difference) => boolean }[] = [
  {
    // Each value of BYDAY stands for itself: a number "indicates the nth occurrence of a specific day", and without one it "means
    // all days of this type within the specified frequency" (RFC 5545, 3.3.10). The oracle keeps only days that both kinds name.
    name: "BYDAY mixes weekdays with and without a number",
    applies: ({ parts }) =>
      (parts.get("BYDAY") ?? "").split(",").some((day) => day.length === 2) && /\d/.test(parts.get("BYDAY") ?? ""),
  },
  {
    // "Information, not contained in the rule, necessary to determine the various recurrence instance start time and dates are
    // derived from DTSTART" (3.3.10): here the weekday. The oracle takes all seven days of each week.
    name: "BYWEEKNO without a day means DTSTART's weekday",
    applies: ({ parts }) => parts.has("BYWEEKNO") && !["BYDAY", "BYMONTHDAY", "BYYEARDAY"].some((name) => parts.has(name)),
  },
  {
    // A numbered week belongs to one year as a whole ("week number one of the calendar year is the first week that contains at least
    // four (4) days in that calendar year", 3.3.10). The oracle cuts it at New Year, which shows where INTERVAL leaves years out or
    // BYSETPOS counts within one.
    name: "BYWEEKNO with INTERVAL or BYSETPOS: weeks across New Year",
    applies: ({ parts }) => parts.has("BYWEEKNO") && (parts.has("BYSETPOS") || Number(parts.get("INTERVAL") ?? 1) > 1),
  },
  {
    // BYSETPOS counts within "the set of events specified by the rule" in one interval, here the week from WKST on (3.3.10). The
    // oracle lets the first week begin with DTSTART; all later weeks must agree.
    name: "BYSETPOS in the week of DTSTART",
    applies: ({ parts, start, mine, expected }) => {
      const later = (times: readonly number[]) => times.filter((time) => time >= start + 7 * dayMs);
      const [ours, theirs] = [later(mine), later(expected)];
      const shared = Math.min(ours.length, theirs.length);
      return parts.get("FREQ") === "WEEKLY" && parts.has("BYSETPOS") && isPrefix(ours.slice(0, shared), theirs);
    },
  },
  {
    // No question of text: the oracle stops or jumps too far after many minutes or seconds that do not match. What it has is right,
    // and policies.test.ts compares these frequencies with DAILY rules that name the same times.
    name: "the oracle loses minutes or seconds",
    applies: ({ parts, mine, expected }) =>
      ["MINUTELY", "SECONDLY"].includes(parts.get("FREQ") ?? "") &&
      expected.filter((time) => time <= (mine.at(-1) ?? 0)).every((time) => mine.includes(time)),
  },
];

describe("against rrule-rust", () => {
  it(
    `agrees on ${rules} random rules, except where the RFC's text decides otherwise`,
    () => {
      const random = randomFrom(seed);
      const counts = new Map<string, number>();
      const unexplained: string[] = [];
      for (let index = 0; index < rules; index += 1) {
        const parts = randomRule(random);
        const start = randomStart(random);
        if (!parts.has("COUNT")) parts.set("UNTIL", stamp(start + (spans[parts.get("FREQ") ?? ""] ?? decades)));
        const line = textOf(parts);
        const count = Number(parts.get("COUNT") ?? depth);

        const [mine, other] = [ours(start, line, depth), theirs(start, line, depth)];
        // DTSTART is an instance, and the first that COUNT counts, whether or not the rule matches it (RFC 5545, 3.8.5.3); the oracle
        // has only what matches.
        const matches = other[0] === start;
        const expected = (matches ? other : [start, ...other]).slice(0, Math.min(count, depth));

        let outcome = matches ? "equal" : "equal after DTSTART, which the rule does not match";
        if (mine.join() !== expected.join()) {
          outcome = explained.find(({ applies }) => applies({ parts, start, mine, expected }))?.name ?? "unexplained";
          if (outcome === "unexplained") {
            unexplained.push(
              `${stamp(start)} ${line}\n  ours   ${mine.map(stamp).join()}\n  theirs ${expected.map(stamp).join()}`,
            );
          }
        }
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      }

      console.log([...counts].map(([outcome, count]) => `${String(count).padStart(6)} ${outcome}`).join("\n"));
      expect(unexplained).toEqual([]);
    },
    patienceMs,
  );
});
