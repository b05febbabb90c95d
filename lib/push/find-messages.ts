import type { ResourceState, Watched } from "#lib/model/channel.ts";
import * as channels from "#lib/sql/channels.ts";
import type { Connection } from "#lib/sql/database.ts";

/** A message that is due. */
export interface Message {
  readonly channel: number;
  readonly state: ResourceState;
}

const batch = 1_000;

/** Finds the messages that changes call for: batches in the order of the channels, so that two processes do not wait for each other. */
export async function* findMessages(
  db: Connection,
  changes: readonly channels.Change[],
): AsyncGenerator<readonly Message[], void> {
  const opened = changes.flatMap((change) => ("channel" in change ? [change.channel] : []));
  if (opened.length > 0) yield opened.sort((a, b) => a - b).map((channel) => ({ channel, state: "sync" }));

  const resources = new Map<string, { readonly resource: Watched; readonly state: ResourceState }>();
  for (const change of changes) if ("resource" in change) resources.set(JSON.stringify(change), change);
  for (const { resource, state } of resources.values()) {
    for (let after = 0; ; ) {
      const found = await channels.listWatching(db, resource, after, batch);
      if (found.length > 0) yield found.map((channel) => ({ channel, state }));
      after = found.at(-1) ?? after;
      if (found.length < batch) break;
    }
  }
}
