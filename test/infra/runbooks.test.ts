/** What commands of the runbooks must say, that nobody finds out in an emergency. */
import { globSync, readFileSync } from "node:fs";

const texts = globSync("docs/**/*.md").map((file) => ({ file, text: readFileSync(file, "utf8").replaceAll("\\\n", " ") }));
/** Every command that begins so, with its file, up to the end of its line. */
const commands = (begin: RegExp) =>
  texts.flatMap(({ file, text }) =>
    [...text.matchAll(new RegExp(`${begin.source}[^\\n\`]*`, "g"))].map(([command]) => `${file}: ${command}`),
  );

it.each([
  ["cdk is told the environment", /bin\/cdk (deploy|destroy|diff)/, /-c environment=\$ENV/],
  ["cdk is told the image, or that none is reached", /bin\/cdk (deploy|destroy|diff)/, /-c image=(\$DIGEST|none)/],
  ["a replica gets the database's group", /create-db-instance-read-replica/, /--vpc-security-group-ids \$FIREWALL/],
])("%s", (_, begin, wanted) => {
  const found = commands(begin);
  expect(found.length).toBeGreaterThan(1);
  expect(found.filter((command) => !wanted.test(command))).toEqual([]);
});

it("what is protected is not deleted before its protection is off", () => {
  for (const { file, text } of texts) {
    const [first] = text.split("aws rds delete-db-instance");
    if (first !== text) expect([file, first]).toEqual([file, expect.stringContaining("--no-deletion-protection")]);
  }
});

it("a trust policy is kept before it is replaced, and put back from there", () => {
  const text = texts.find(({ file }) => file.endsWith("key-compromise.md"))?.text ?? "";
  const places = ["> trust.json", "update-assume-role-policy", "file://trust.json"].map((part) => text.indexOf(part));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(Math.min(...places)).toBeGreaterThan(0);
});
