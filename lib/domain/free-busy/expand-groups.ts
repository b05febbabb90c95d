import type { Context } from "#lib/context.ts";
import * as freeBusy from "#lib/sql/free-busy.ts";

/** Members that all groups of one request may have together. */
const mostMembers = 10_000;

/**
 * Of these ids, with the addresses they stand for, those that are groups: their members' addresses, which are the ids of their
 * primary calendars. Who is in a group, its members may know, and administrators; to all others it is not there.
 *
 * @param most a group with more members is `groupTooBig`.
 */
export const expandGroups = async (
  ctx: Context,
  ids: readonly (readonly [id: string, address: string])[],
  most: number,
): Promise<ReadonlyMap<string, readonly string[] | "groupTooBig">> => {
  // For a key that is limited to calendars there are no groups.
  if (ids.length === 0 || ctx.caller.calendars !== null) return new Map();
  const { email, isAdmin } = ctx.caller;
  const addresses = [...new Set(ids.map(([, address]) => address))];
  const rows = await freeBusy.listMembers(ctx.db, addresses, isAdmin ? null : email, {
    ofGroup: most + 1,
    rows: mostMembers + 1,
  });
  const members = new Map<string, string[]>();
  for (const row of rows) {
    const known = members.get(row.group_email) ?? [];
    if (row.email !== null) known.push(row.email);
    members.set(row.group_email, known);
  }
  // The rows ended within the last group, or before one.
  const unfinished = rows.length > mostMembers ? rows.at(-1)?.group_email : undefined;
  return new Map(
    ids.flatMap(([id, address]) => {
      const known = members.get(address);
      if (!known) return [];
      return [[id, known.length > most || address === unfinished ? ("groupTooBig" as const) : known] as const];
    }),
  );
};
