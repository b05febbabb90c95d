import { type AclRule, type AclScope, ruleIdOf } from "#lib/model/acl.ts";
import type { Role } from "#lib/model/calendar.ts";
import { type Connection, row, sql } from "./database.ts";

interface AclRow {
  readonly id: string;
  readonly scope_type: AclScope["type"];
  readonly scope_value: string | null;
  readonly role: Role | "none";
  readonly change: number;
}

const columns = sql.fragment`id, scope_type, scope_value, role, change`;

const fromRow = (found: AclRow): AclRule => ({
  id: found.id,
  scope: (found.scope_value === null ? { type: "default" } : { type: found.scope_type, value: found.scope_value }) as AclScope,
  role: found.role,
  change: found.change,
});

/** A rule, also one that was taken away. */
export const find = async (db: Connection, calendarId: string, id: string): Promise<AclRule | undefined> => {
  const found = await db.maybeOne(sql.type(row<AclRow>())`
    select ${columns} from acl_rules where calendar_id = ${calendarId} and id = ${id}
  `);
  return found ? fromRow(found) : undefined;
};

/** The change up to which rules have been removed without a trace: a list that was read before it cannot be brought up to date. */
export const findPurgedChange = async (db: Connection, calendarId: string): Promise<number> => {
  const found = await db.maybeOne(sql.type(row<{ change: number }>())`
    select purged_rules_change as change from calendars where id = ${calendarId}
  `);
  return found?.change ?? 0;
};

/** How many rules of a calendar give access. */
export const countStanding = async (db: Connection, calendarId: string): Promise<number> => {
  const { standing } = await db.one(sql.type(row<{ standing: number }>())`
    select count(*) as standing from acl_rules where calendar_id = ${calendarId} and role <> 'none'
  `);
  return standing;
};

/** A page of rules in the order of their ids. */
export const list = async (
  db: Connection,
  calendarId: string,
  { afterId, withGone, limit }: { readonly afterId: string; readonly withGone: boolean; readonly limit: number },
): Promise<readonly AclRule[]> => {
  const rows = await db.any(sql.type(row<AclRow>())`
    select ${columns} from acl_rules
    where calendar_id = ${calendarId} and id > ${afterId} and (${withGone} or role <> 'none')
    order by id limit ${limit}
  `);
  return rows.map(fromRow);
};

/** A page of what has changed after a place in the order of changes. */
export const listByChange = async (
  db: Connection,
  calendarId: string,
  after: { readonly change: number; readonly id: string },
  limit: number,
): Promise<readonly AclRule[]> => {
  const rows = await db.any(sql.type(row<AclRow>())`
    select ${columns} from acl_rules
    where calendar_id = ${calendarId} and (change, id) > (${after.change}, ${after.id})
    order by change, id limit ${limit}
  `);
  return rows.map(fromRow);
};

/** Writes a rule, in the place of what there was for its scope; `change` is the calendar's, taken under its lock. */
export const put = async (
  db: Connection,
  calendarId: string,
  { scope, role, change }: Pick<AclRule, "scope" | "role" | "change">,
  now: number,
): Promise<AclRule> => {
  const value = scope.type === "default" ? null : scope.value;
  return fromRow(
    await db.one(sql.type(row<AclRow>())`
      insert into acl_rules (calendar_id, id, scope_type, scope_value, role, change, updated_at)
      values (${calendarId}, ${ruleIdOf(scope)}, ${scope.type}, ${value}, ${role}, ${change}, ${new Date(now).toISOString()})
      on conflict (calendar_id, id) do update set role = excluded.role, change = excluded.change, updated_at = excluded.updated_at
      returning ${columns}
    `),
  );
};
