import type { Answer } from "#test/support/api.ts";
import { at, on, type TestCalendar } from "#test/support/events.ts";

/** Pseudo-random numbers that a seed repeats: `random(n)` is one of 0 … n-1 (mulberry32). */
const numbersFrom = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
};

/** Writes to a calendar as people do, one random thing at a time: single events, series, instances, deletions and what undoes them. */
export const randomWriter = (calendar: TestCalendar, seed: number) => {
  const random = numbersFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const ids: string[] = [];

  const date = () => new Date(Date.UTC(2026, 1, 20 + random(60))).toISOString().slice(0, 10);
  const zone = () => pick(["America/New_York", "Europe/Berlin", "UTC"]);
  const time = () =>
    random(3) === 0
      ? on(date(), 1 + random(3))
      : at(`${date()}T${pick(["00", "02", "09", "23"])}:30:00`, zone(), pick([0, 30, 60, 1_500]));
  const rule = () =>
    pick([
      "RRULE:FREQ=MONTHLY;BYDAY=1MO,3TH",
      "RRULE:FREQ=WEEKLY;COUNT=6",
      "RRULE:FREQ=DAILY;COUNT=9",
      "RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20260401T000000Z",
      "RRULE:FREQ=MONTHLY;COUNT=4",
    ]);
  const dayRule = (value: string) => (value.includes("UNTIL") ? "RRULE:FREQ=DAILY;UNTIL=20260401" : value);
  const ruled = () => {
    const when = time();
    return { ...when, recurrence: ["date" in when.start ? dayRule(rule()) : rule()] };
  };
  const summary = () => `event ${random(1_000)}`;

  /** Some instance of some series, as instances() shows it. */
  const instance = async (): Promise<string | undefined> => {
    if (ids.length === 0) return undefined;
    const { body } = await calendar.get(`${pick(ids)}/instances?maxResults=20&showDeleted=true`);
    return body.items.length > 0 ? pick(body.items as { id: string }[]).id : undefined;
  };

  const onInstance = async (change: (id: string) => Promise<Answer>): Promise<Answer | undefined> => {
    const id = await instance();
    return id === undefined ? undefined : change(id);
  };

  const insert = async (body: object) => {
    const answer = await calendar.post("", { summary: summary(), ...body });
    if (answer.status === 200) ids.push(answer.body.id);
    return answer;
  };

  const uid = () => `uid-${random(3)}@example.org`;
  const importing = async (body: object) => {
    const answer = await calendar.post("import", { summary: summary(), iCalUID: uid(), ...body });
    if (answer.status === 200 && !answer.body.recurringEventId && !ids.includes(answer.body.id)) ids.push(answer.body.id);
    return answer;
  };

  const kinds: (() => Promise<Answer | undefined>)[] = [
    () => insert(time()),
    () => insert(ruled()),
    () => insert(ruled()),
    () => calendar.patch(pick(ids), { summary: summary() }),
    () => calendar.patch(pick(ids), time()),
    () => calendar.patch(pick(ids), { recurrence: [rule()] }),
    () => calendar.patch(pick(ids), { recurrence: pick([null, []]) }),
    () => calendar.put(pick(ids), { summary: summary(), ...ruled() }),
    () => calendar.delete(pick(ids)),
    () => calendar.patch(pick(ids), { status: "confirmed" }),
    () => calendar.patch(pick(ids), { status: "cancelled" }),
    () => importing(pick([time, ruled])()),
    () => importing({ ...time(), originalStartTime: time().start }),
    () => onInstance(async (id) => importing({ ...time(), originalStartTime: (await calendar.get(id)).body.originalStartTime })),
    () => onInstance((id) => calendar.patch(id, { summary: summary() })),
    () => onInstance((id) => calendar.patch(id, time())),
    () => onInstance((id) => calendar.patch(id, time())),
    () => onInstance((id) => calendar.delete(id)),
    () => onInstance((id) => calendar.delete(id)),
    () => onInstance((id) => calendar.patch(id, { status: "confirmed" })),
    () => onInstance((id) => calendar.put(id, { summary: summary(), ...time() })),
  ];

  /** Does one thing, which may be refused, but never fails. */
  const write = async (): Promise<void> => {
    const answer = await (ids.length === 0 ? insert(ruled()) : pick(kinds)());
    if (answer && answer.status >= 500) throw new Error(`A write failed: ${JSON.stringify(answer.body)}`);
  };

  return { random, write };
};
