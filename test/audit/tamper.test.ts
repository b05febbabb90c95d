/** Somebody with all rights on the database changes the log: each time in a copy of what there was before. */
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at } from "#test/support/events.ts";

let api: Api;
let ana: Person;
let db: Database;
beforeAll(async () => {
  api = await startApi();
  ana = await api.person();
  db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
  // Nobody can take another chain than the first meanwhile.
  const ready = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const holding = db.inTransaction(async (tx) => {
    await tx.query(sql.type(row())`select from audit_chains where chain > 1 for update`);
    ready.resolve();
    await done.promise;
  });
  await ready.promise;
  for (let n = 0; n < 30; n += 1) await ana.post("/calendar/v3/calendars/primary/events", { ...at("2026-03-09T12:00:00") });
  done.resolve();
  await holding;
  await run(sql.fragment`create table kept as select * from audit`);
  await run(sql.fragment`create table kept_chains as select * from audit_chains`);
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

const run = (statement: ReturnType<typeof sql.fragment>) => db.query(sql.type(row())`${statement}`);
const verify = async () => (await api.call("GET", "/v1/audit/verify", { key: api.adminKey })).body;

/** Does what the triggers forbid. */
const tamper = async (...statements: ReturnType<typeof sql.fragment>[]) => {
  for (const table of ["audit", "audit_chains"])
    await run(sql.fragment`alter table ${sql.identifier([table])} disable trigger all`);
  for (const statement of statements) await run(statement);
  for (const table of ["audit", "audit_chains"])
    await run(sql.fragment`alter table ${sql.identifier([table])} enable trigger all`);
};

afterEach(() =>
  tamper(
    sql.fragment`truncate audit, audit_chains`,
    sql.fragment`insert into audit select * from kept`,
    sql.fragment`insert into audit_chains select * from kept_chains`,
  ),
);

it("is intact when nobody has touched it", async () => {
  expect(await verify()).toMatchObject({ intact: true, complete: true, problems: [], entries: 33 });
});

it.each([
  ["an update", sql.fragment`update audit set action = 'events.list' where number = 5`],
  ["an update of a personal part", sql.fragment`update audit set address = '192.0.2.1' where number = 5`],
  ["an erasure that is none", sql.fragment`update audit set address = null, details = null, salt = null where number = 5`],
  ["a deletion", sql.fragment`delete from audit where number = 5`],
  ["an emptying", sql.fragment`truncate audit`],
  ["a shorter chain", sql.fragment`update audit_chains set number = number - 1 where chain = 1`],
  ["the deletion of a chain", sql.fragment`delete from audit_chains`],
  ["the emptying of chains", sql.fragment`truncate audit_chains`],
])("refuses %s, from the owner of the tables too", async (_, statement) => {
  await expect(run(statement)).rejects.toThrow();
  expect(await verify()).toMatchObject({ intact: true, problems: [] });
});

const first = "1-10";

it.each([
  ["who did it", sql.fragment`update audit set user_id = 'other' where chain = 1 and number = 10`],
  ["what was done", sql.fragment`update audit set action = 'events.get' where chain = 1 and number = 10`],
  ["when", sql.fragment`update audit set at = at + interval '1 ms' where chain = 1 and number = 10`],
  ["with which key", sql.fragment`update audit set key_id = 'x' where chain = 1 and number = 10`],
  ["from where", sql.fragment`update audit set address = '192.0.2.1' where chain = 1 and number = 10`],
  ["to which calendar", sql.fragment`update audit set calendar_id = null where chain = 1 and number = 10`],
  ["to whom", sql.fragment`update audit set subject = 'x' where chain = 1 and number = 10`],
  ["by which request", sql.fragment`update audit set correlation_id = 'x' where chain = 1 and number = 10`],
  ["to what", sql.fragment`update audit set details = '{}' where chain = 1 and number = 10`],
  ["its salt", sql.fragment`update audit set salt = decode('00', 'hex') where chain = 1 and number = 10`],
  ["its digest", sql.fragment`update audit set digest = sha256(digest) where chain = 1 and number = 10`],
  ["its hash", sql.fragment`update audit set hash = sha256(hash) where chain = 1 and number = 10`],
  [
    "its personal part, as if erased",
    sql.fragment`
      update audit set address = null, correlation_id = null, calendar_id = null, subject = null, details = null, salt = null,
        erasure = sha256('x')
      where chain = 1 and number = 10
    `,
  ],
])("names an entry that was altered: %s", async (_, statement) => {
  await tamper(statement);

  expect(await verify()).toMatchObject({ intact: false, problems: [{ kind: "altered", first, last: first }] });
});

it("names entries that were removed, one, several, the first and the last", async () => {
  await tamper(sql.fragment`delete from audit where chain = 1 and number in (1, 7, 12, 13, 14)`);
  const { problems } = await verify();
  expect(problems).toEqual([
    { kind: "removed", first: "1-1", last: "1-1" },
    { kind: "removed", first: "1-7", last: "1-7" },
    { kind: "removed", first: "1-12", last: "1-14" },
  ]);
});

it("names what was removed at the end, also when the chain is said to end there", async () => {
  await tamper(sql.fragment`delete from audit where chain = 1 and number > 20`);
  const last = (await db.one(sql.type(row<{ n: number }>())`select number as n from audit_chains where chain = 1`)).n;
  expect((await verify()).problems).toEqual([{ kind: "removed", first: "1-21", last: `1-${last}` }]);

  await tamper(
    sql.fragment`update audit_chains set number = 20, hash = (select hash from audit where chain = 1 and number = 20) where chain = 1`,
  );
  expect((await verify()).problems).toEqual([{ kind: "endAltered", first: "1-20", last: "1-20" }]);
});

it("names what was removed when the entries after it were given other numbers", async () => {
  await tamper(
    sql.fragment`delete from audit where chain = 1 and number = 10`,
    sql.fragment`update audit set number = number - 1000 where chain = 1 and number > 10`,
    sql.fragment`update audit set number = number + 999 where chain = 1 and number < 0`,
    sql.fragment`update audit_chains set number = number - 1 where chain = 1`,
  );

  const { problems } = await verify();

  expect(problems.map(({ kind }: { kind: string }) => kind)).toContain("endAltered");
  expect(problems).toContainEqual({ kind: "altered", first, last: first });
});

it("names entries that were put in: at the end, in the place of another one, in a chain that is not there", async () => {
  const copy = (chain: number, place: number) => sql.fragment`
    insert into audit select ${chain}, ${place}, at, action, user_id, key_id, address, correlation_id, calendar_id, subject, details,
      salt, personal_digest, erasure, digest, hash
    from audit where chain = 1 and number = 3
  `;
  await tamper(copy(1, 1_000), copy(999, 1), sql.fragment`delete from audit where chain = 1 and number = 8`, copy(1, 8));

  const { problems } = await verify();

  expect(problems).toEqual([
    { kind: "altered", first: "1-8", last: "1-8" },
    { kind: "inserted", first: "1-1000", last: "1-1000" },
    { kind: "inserted", first: "999-1", last: "999-1" },
  ]);
});

it("names chains that are gone or begun anew", async () => {
  const { empty } = await db.one(
    sql.type(row<{ empty: number }>())`select min(chain) as empty from audit_chains where number = 0`,
  );
  await tamper(
    sql.fragment`delete from audit_chains where chain = ${empty}`,
    sql.fragment`delete from audit where chain = 1`,
    sql.fragment`update audit_chains set number = 0, hash = decode(repeat('00', 32), 'hex') where chain = 1`,
  );

  expect((await verify()).problems).toEqual([
    { kind: "endAltered", first: "1-0", last: "1-0" },
    { kind: "endAltered", first: `${empty}-0`, last: `${empty}-0` },
  ]);

  await tamper(sql.fragment`delete from audit_chains`);
  expect((await verify()).intact).toBe(false);
});
