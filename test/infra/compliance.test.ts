/** Every proof that `docs/compliance.md` names is a test that there is; and every control has a proof, or says that it is the operator's. */
import { readFileSync } from "node:fs";

const text = readFileSync("docs/compliance.md", "utf8");
const proofs = [...text.matchAll(/`(test\/[\w/.-]+)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({ file, title }));
const controls = text
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (control|criterion|article|standard) \|/.test(line));

/** Whether a file has a test, a group of tests or a row of this title: a text that begins an argument or stands alone on a line. */
const has = (file: string, title: string): boolean =>
  readFileSync(file, "utf8")
    .split("\n")
    .some(
      (line) =>
        /^\s*(it|describe|test|row:|resource|count|every|balancerAttribute|["'`]|\]\)|\))/.test(line) && line.includes(title),
    );

it.each(proofs)('$file has "$title"', ({ file, title }) => {
  expect(has(file, title)).toBe(true);
});

it("each control has a proof, or says what remains", () => {
  expect(controls.length).toBeGreaterThan(70);
  expect(controls.filter((line) => !/`test\/[\w/.-]+` "/.test(line) && !line.includes("Operator:"))).toEqual([]);
});

it("the four standards are there", () => {
  for (const standard of ["ISO/IEC 27001:2022", "SOC 2", "GDPR", "HIPAA"]) expect(text).toContain(`## ${standard}`);
});
