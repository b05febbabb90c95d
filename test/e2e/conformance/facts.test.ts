/** The table of facts is whole: every fact has tests that are there, and every test of a fact is in it. */
import { readdirSync, readFileSync } from "node:fs";
import { facts } from "./facts.ts";
import { neverOurs, reasonsOfGoogle, shownElsewhere } from "./reasons.ts";

const folder = "test/e2e/conformance";

/** The full titles of a file's tests of facts, with their numbers. */
const titlesOf = (file: string): (readonly [number, string])[] => {
  const found: (readonly [number, string])[] = [];
  let group = "";
  const steps = /^describe\("([^"]*)"|^\}\);|\bfact\(\s*(\d+),\s*"([^"]*)"/gm;
  for (const [, opened, number, title] of readFileSync(`${folder}/${file}`, "utf8").matchAll(steps)) {
    if (title !== undefined) found.push([Number(number), `${group}${title}`]);
    else group = opened === undefined ? "" : `${opened} `;
  }
  return found;
};

const inSuite = readdirSync(folder)
  .filter((file) => file.endsWith(".test.ts"))
  .flatMap(titlesOf);

const isTest = (file: string, title: string) => readFileSync(file, "utf8").includes(JSON.stringify(title));

it("knows the facts 1 to 42, each once", () => {
  expect(facts.map(({ number }) => number)).toEqual(Array.from({ length: 42 }, (_, index) => index + 1));
});

it.each(facts)("fact $number, $says, has tests, which are there", ({ number, says, tests, elsewhere = [] }) => {
  expect(says).toMatch(/^.{10,200}[.`]$/);
  expect(tests.length).toBeGreaterThan(0);
  expect(inSuite.filter(([one]) => one === number).map(([, title]) => title)).toEqual(tests);
  for (const [file, title] of elsewhere) expect([file, title, isTest(file, title)]).toEqual([file, title, true]);
});

it("names tests that are there for reasons that are shown elsewhere", () => {
  for (const shown of Object.values(shownElsewhere)) {
    expect([...shown, isTest(...shown)]).toEqual([...shown, true]);
  }
  for (const reason of Object.keys(neverOurs)) expect(reasonsOfGoogle).toContain(reason);
});
