/**
 * Writes the starting files of an endpoint: `npm run new -- <noun>/<verb>`, as in `npm run new -- demo/ping`. Nothing else has to
 * be edited: the build, the router, the metrics and the shared tests find the file.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const [name = ""] = process.argv.slice(2);
if (!/^[a-z]+(-[a-z]+)*\/[a-z]+(-[a-z]+)*$/.test(name)) {
  process.stderr.write("Usage: npm run new -- <noun>/<verb>   in kebab-case, as in demo/ping\n");
  process.exit(2);
}

const camel = (words: string) => words.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
const [noun, verb] = name.split("/") as [string, string];
const id = `${camel(noun)}.${camel(verb)}`;
const files = {
  [`handlers/${name}.ts`]: `import { endpoint } from "#lib/entry/endpoint.ts";
import { object, optional, text } from "#lib/schema.ts";

export const handler = endpoint({
  id: "${id}",
  route: "GET /v1/${noun}/${verb}",
  summary: "Say what it does.",
  description: "Say what it is for, and what the caller should know.",
  access: "user",
  scope: "events.read",
  path: {},
  query: { greeting: optional(text({ maxLength: 100 })) },
  reply: object({ message: text() }),
  errors: [],

  async run(_ctx, { query }) {
    return { message: query.greeting ?? "hello" };
  },
});
`,
  [`test/${name}.test.ts`]: `import { type Api, startApi } from "#test/support/api.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

it("answers with the greeting it was given", async () => {
  const person = await api.person();

  const answer = await person.get("/v1/${noun}/${verb}?greeting=hi");

  expect(answer).toMatchObject({ status: 200, body: { message: "hi" } });
});
`,
};

const taken = Object.keys(files).find((file) => existsSync(file));
if (taken) {
  process.stderr.write(`${taken} is there already; nothing was written.\n`);
  process.exit(1);
}
for (const [file, content] of Object.entries(files)) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  process.stdout.write(`${file}\n`);
}
