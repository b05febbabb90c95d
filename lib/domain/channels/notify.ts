import type { Watched } from "#lib/model/channel.ts";
import * as channels from "#lib/sql/channels.ts";
import type { Connection } from "#lib/sql/database.ts";

/**
 * Has everybody told who watches this: call it inside the transaction that makes the change, which it belongs to. Changes that come
 * before a message leaves share that message. One statement; when nobody watches it writes nothing.
 *
 * @param state `not_exists` when the resource is deleted, which ends its channels.
 */
export const notifyWatchers = (db: Connection, resource: Watched, state: "exists" | "not_exists" = "exists"): Promise<void> =>
  channels.enqueueChange(db, { resource, state });
