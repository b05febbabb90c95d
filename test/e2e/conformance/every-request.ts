/** Requests to every endpoint there is, as bad input is sent to them, and what an answer to it must be. */
import { type Database, row, sql } from "#lib/sql/database.ts";
import type { Api } from "#test/support/api.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Each endpoint that needs a key, with a key, and real resources in its path and in the query where that must have some. */
export const requestsTo = (api: Api, key: string, values: Readonly<Record<string, string>>) =>
  api.endpoints
    .filter(({ description }) => description.access !== "public")
    .map(({ description }) => {
      const [method, template] = description.route.split(" ") as [string, string];
      const needed = ["destination", "text"].filter((name) => description.query?.[name]);
      const isSplit = description.id === "events.split";
      const realValue = (name: string) => `${values[name]}${isSplit && name === "eventId" ? "_20260310T080000Z" : ""}`;
      const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(realValue(name)));
      return {
        ...description,
        body: description.body as Schema | undefined,
        method,
        template,
        url: `${path}?${needed.map((name) => `${name}=${values[name]}`).join("&")}`,
        key: description.access === "admin" ? api.adminKey : key,
      };
    });
export type Request = ReturnType<typeof requestsTo>[0];

/** What a database has, as one text; but for how much keys were used, which refused requests count for too. */
export const everythingIn = async (db: Database): Promise<string> => {
  const tables = await db.any(
    sql.type(row<{ name: string }>())`select table_name as name from information_schema.tables 
      where table_schema = 'public' and table_name not in ('key_usage', 'usage_writers')`,
  );
  const lines: string[] = [];
  for (const { name } of tables) {
    const { digest } = await db.one(
      sql.type(row<{ digest: string }>())`
        select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as digest from ${sql.identifier([name])} t`,
    );
    lines.push(`${name} ${digest}`);
  }
  return lines.join("\n");
};

/** Sends a request and expects an answer soon, which is no failure of the server's, and in Google's shape when it refuses. */
export const sendTo = async (
  api: Api,
  { method, key }: Pick<Request, "method" | "key">,
  url: string,
  body?: string,
  type = "application/json",
) => {
  const started = performance.now();
  const answer = await fetch(`${api.url}${url}`, {
    method,
    headers: { "X-API-Key": key, ...(body !== undefined && { "Content-Type": type }) },
    ...(body !== undefined && { body }),
  });
  const text = await answer.text();
  const asked = `${method} ${url.slice(0, 200)} ${body?.slice(0, 100)}`;
  expect([asked, answer.status < 500, performance.now() - started < 5_000]).toEqual([asked, true, true]);
  if (answer.status < 400) return { status: answer.status };
  const { error } = JSON.parse(text);
  const [first] = error.errors as Record<string, string>[];
  expect(error).toEqual({ code: answer.status, message: expect.stringMatching(/^[A-Z"].{1,500}$/s), errors: [first] });
  expect(first).toMatchObject({ domain: expect.any(String), reason: expect.any(String), message: error.message });
  return { status: answer.status, reason: first?.reason, location: first?.location };
};
