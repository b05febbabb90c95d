/** How requests are counted, with a clock and a shared count in the test's hands. */
import { createCounter } from "#lib/entry/counter.ts";
import { networkOf } from "#lib/entry/rate-limit.ts";
import type { Tally } from "#lib/redis/tally.ts";

const minute = 60_000;

/** A count that several processes share, as Redis keeps it, that can be made to hang or to be away. */
const sharedTally = () => {
  const counts = new Map<string, number>();
  const state = { isThere: true, answers: true, calls: 0 };
  const tally: Tally = {
    isThere: () => state.isThere,
    add: async (name, by) => {
      state.calls += 1;
      await Promise.resolve();
      if (!state.answers) return undefined;
      counts.set(name, (counts.get(name) ?? 0) + by);
      return counts.get(name);
    },
  };
  return { counts, state, tally };
};

const taken = async (counter: ReturnType<typeof createCounter>, name: string, times: number): Promise<number> => {
  let number = 0;
  for (let index = 0; index < times; index += 1) {
    if (counter.take(name).left >= 0) number += 1;
    // Whatever the other side says has been heard.
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }
  return number;
};

it("lets through exactly what the limit says in each minute, and counts names apart", () => {
  let at = 1_800_000_000_000;
  const counter = createCounter("key", 10, undefined, () => at);
  const { endsAt } = counter.take("ana");
  expect(endsAt - at).toBeGreaterThan(0);
  expect(endsAt - at).toBeLessThanOrEqual(minute);
  const left = Array.from({ length: 12 }, () => counter.take("ana").left);
  expect(left).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0, -1, -1, -1]);
  expect(counter.take("ben").left).toBe(9);
  at = endsAt - 1;
  expect(counter.take("ana").left).toBe(-1);
  at = endsAt;
  expect(counter.take("ana")).toEqual(expect.objectContaining({ left: 9, endsAt: endsAt + minute }));
});

it("does not give everybody a new minute at the same moment", () => {
  const counter = createCounter("key", 10, undefined, () => 1_800_000_000_000);
  const ends = new Set(Array.from({ length: 100 }, (_, index) => counter.take(`key${index}`).endsAt));
  expect(ends.size).toBeGreaterThan(50);
});

it("goes on in a minute of its own when the clock is set back", () => {
  let at = 1_800_000_000_000;
  const counter = createCounter("key", 2, undefined, () => at);
  for (let index = 0; index < 3; index += 1) counter.take("ana");
  at -= 3_600_000;
  expect(counter.take("ana").left).toBe(1);
});

it("remembers no more than so many names, the busy ones among them", () => {
  const counter = createCounter("address", 5, undefined, () => 1_800_000_000_000);
  for (let index = 0; index < 150_000; index += 1) {
    counter.take(`10.0.${index}`);
    if (index % 1_000 === 0) counter.take("busy");
  }
  expect(counter.take("busy").left).toBe(-1);
  expect(counter.take("10.0.1").left).toBe(4);
});

describe("processes that share a count", () => {
  it("let through a slice each too much at most, and never too little", async () => {
    const { tally } = sharedTally();
    const processes = Array.from({ length: 4 }, () => createCounter("key", 1_000, tally));
    let through = 0;
    for (let round = 0; round < 1_000; round += 1) for (const one of processes) through += await taken(one, "ana", 1);
    expect(through).toBeGreaterThanOrEqual(1_000);
    expect(through).toBeLessThanOrEqual(1_000 + 4 * 10);
  });

  it("say a word a slice, and none of names that do not fill one", async () => {
    const { tally, state, counts } = sharedTally();
    const counter = createCounter("key", 1_000, tally);
    for (let index = 0; index < 500; index += 1) await taken(counter, `address ${index}`, 9);
    expect(state.calls).toBe(0);
    await taken(counter, "ana", 500);
    expect(state.calls).toBe(50);
    expect([...counts.values()]).toEqual([500]);
  });

  it("go on by themselves while nobody answers, from what was known, and tell it later", async () => {
    const { tally, state, counts } = sharedTally();
    const [one, other] = [createCounter("key", 1_000, tally), createCounter("key", 1_000, tally)];
    expect(await taken(one, "ana", 300)).toBe(300);
    expect(await taken(other, "ana", 300)).toBe(300);
    state.isThere = false;
    expect(await taken(one, "ana", 200)).toBe(200);
    expect([...counts.values()]).toEqual([600]);
    state.isThere = true;
    expect(await taken(one, "ana", 1)).toBe(1);
    expect([...counts.values()]).toEqual([801]);
    state.isThere = false;
    const rest = await taken(one, "ana", 1_000);
    expect(rest).toBe(199);
  });

  it("do not wait for an answer, and count what got none for themselves", async () => {
    const { tally, state } = sharedTally();
    state.answers = false;
    const counter = createCounter("key", 1_000, tally);
    expect(await taken(counter, "ana", 2_000)).toBe(1_000);
  });
});

it.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::6", "2001:db8:1:2"],
  ["2001:db8:1:2::", "2001:db8:1:2"],
  ["2001:0DB8:0001:0002::6", "2001:db8:1:2"],
  ["2001:db8:1:0:ffff::1", "2001:db8:1:0"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["unknown", ""],
  ["", ""],
  ["1.2.3.4.5", ""],
  ["2001:db8", ""],
])("%j counts as %j", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
