import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import type { SettingRow } from "#lib/sql/settings.ts";
import { readSettings } from "./list.ts";

/** Reads one of the caller's settings. Throws `notFound` when there is none of that name. */
export const getSetting = async (ctx: Context, id: string): Promise<SettingRow> => {
  const found = (await readSettings(ctx)).find((one) => one.id === id);
  if (!found) throw new Failure("notFound");
  return found;
};
