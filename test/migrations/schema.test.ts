/** `migrations/schema.sql` is what the migrations make: on a PostgreSQL of WebAssembly, which dumps it, and on the real one. */
import { readFileSync, writeFileSync } from "node:fs";
import { Client } from "pg";
import { clientOptions } from "#lib/sql/login.ts";
import { freshDatabase } from "#test/support/database.ts";
import { folderOf, removeFolders } from "./folder.ts";
import { schemaOf } from "./schema.ts";

const path = "migrations/schema.sql";

/** Everything in the schema `public` that is ours, a line each, as PostgreSQL itself words it. */
const catalogue = `
  with ours as (
    select c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.reloptions, c.relpersistence, c.relrowsecurity from pg_class c
    where relnamespace = 'public'::regnamespace and relname not like 'migrations%'
      and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e')
  )
  select concat_ws(' ', relname, relkind, relpersistence, relrowsecurity, reloptions,
    case when relkind = 'r' then coalesce(relacl, acldefault('r', relowner)) end) as line from ours
  union all select concat_ws(' ', relname, row_number() over (partition by relname order by attnum), attname,
    format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attstorage, attcollation::regcollation,
    (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = attrelid and adnum = attnum))
    from pg_attribute join ours on oid = attrelid where attnum > 0 and not attisdropped
  union all select concat_ws(' ', relname, conname, convalidated, pg_get_constraintdef(c.oid))
    from pg_constraint c join ours on ours.oid = conrelid
  union all select concat_ws(' ', indisvalid, pg_get_indexdef(indexrelid)) from pg_index join ours on oid = indrelid
  union all select concat_ws(' ', tgenabled, pg_get_triggerdef(t.oid))
    from pg_trigger t join ours on ours.oid = tgrelid where not tgisinternal
  union all select pg_get_functiondef(p.oid) from pg_proc p where pronamespace = 'public'::regnamespace
    and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
  union all select concat_ws(' ', enumtypid::regtype, row_number() over (partition by enumtypid order by enumsortorder), enumlabel)
    from pg_enum join pg_type t on t.oid = enumtypid where typnamespace = 'public'::regnamespace
  order by line`;

afterAll(removeFolders);

it("is what the migrations make", async () => {
  const wanted = await schemaOf("migrations");
  if (process.env.UPDATE_SCHEMA) writeFileSync(path, wanted);
  expect(readFileSync(path, "utf8")).toBe(wanted);
}, 180_000);

it("makes the same in an empty database of a real server as the migrations have made there", async () => {
  const database = await freshDatabase();
  const client = new Client(clientOptions(database.url));
  await client.connect();
  // A condition that is read in again has its words in order and its parentheses elsewhere.
  const read = async () => (await client.query<{ line: string }>(catalogue)).rows.map(({ line }) => line.replace(/[()]/g, ""));
  try {
    const made = await read();
    expect(made.length).toBeGreaterThan(200);
    await client.query("drop schema pgboss cascade; drop schema public cascade; create schema public");
    expect(await read()).toEqual([]);
    await client.query(readFileSync(path, "utf8"));
    await client.query("set search_path = public");
    expect(await read()).toEqual(made);
  } finally {
    await client.end();
    await database.drop();
  }
});

it("has what a file outside a transaction makes", async () => {
  const index = "-- outside a transaction\ncreate index concurrently if not exists things_by_id on things (id);";
  const schema = await schemaOf(folderOf({ "0001-things.sql": "create table things (id text);", "0002-index.sql": index }));
  expect(schema).toContain("CREATE INDEX things_by_id ON public.things USING btree (id);");
}, 180_000);
