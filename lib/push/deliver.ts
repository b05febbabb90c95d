import { findTarget, type Policy } from "#lib/domain/channels/address.ts";
import { mayWatch } from "#lib/domain/channels/may-watch.ts";
import { Failure } from "#lib/errors.ts";
import type { ResourceState } from "#lib/model/channel.ts";
import { log } from "#lib/observe/logger.ts";
import { count } from "#lib/observe/metrics.ts";
import * as channels from "#lib/sql/channels.ts";
import type { Connection } from "#lib/sql/database.ts";
import { post } from "./post.ts";

/** What sends messages: a pool of its own, since a connection is held while a receiver takes its time. */
export interface Sender {
  readonly db: Connection;
  readonly policy: Policy;
}

/** The number of the message that a channel is open. */
const firstMessage = 1;

/** How long one message may take, from the look-up of the name to the answer's status. */
const timeoutMs = 5_000;

/**
 * What became of a message. `failed`: to be tried again. `busy`: another process is sending on the channel. `ended`: there is nobody
 * to tell any more.
 */
type Outcome = "delivered" | "refused" | "failed" | "busy" | "ended";

const outcomeOf = (status: number): Outcome => {
  if ((status >= 200 && status < 300) || status === 102) return "delivered";
  return status >= 500 ? "failed" : "refused";
};

/** Google's headers of a message, which has no body (developers.google.com/workspace/calendar/api/guides/push). */
const headersOf = (channel: channels.HeldChannel, state: ResourceState, message: number) => ({
  "X-Goog-Channel-ID": channel.id,
  ...(channel.token !== undefined && { "X-Goog-Channel-Token": channel.token }),
  "X-Goog-Channel-Expiration": new Date(channel.expiresAt).toUTCString(),
  "X-Goog-Resource-ID": channel.resourceId,
  "X-Goog-Resource-URI": channel.resourceUri,
  "X-Goog-Resource-State": state,
  "X-Goog-Message-Number": String(message),
});

/** Sends one message; the log and the metrics hear of it, without the address's path, query and token. */
const send = async (channel: channels.HeldChannel, state: ResourceState, message: number, policy: Policy): Promise<Outcome> => {
  const startedAt = performance.now();
  let outcome: Outcome = "failed";
  let status: number | undefined;
  let problem: string | undefined;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const target = await findTarget(channel.address, policy);
    status = await post(target, headersOf(channel, state, message), signal);
    outcome = outcomeOf(status);
  } catch (error) {
    // A name that leads elsewhere now, or nowhere, may lead to the right place again.
    problem = error instanceof Failure ? error.reason : ((error as { code?: string }).code ?? (error as Error).name);
  }
  const ms = Math.round(performance.now() - startedAt);
  count("Pushes", { Outcome: outcome });
  log.info("push", {
    channel: channel.number,
    user_id: channel.userId,
    kind: channel.kind,
    state,
    message,
    outcome,
    status,
    problem,
    ms,
  });
  return outcome;
};

const busyOrEnded = async (db: Connection, number: number): Promise<Outcome> =>
  (await channels.isLive(db, number)) ? "busy" : "ended";

/** Sends one message while the channel is held, so that nothing is sent on one that has been stopped. */
const sendHeld = async ({ db, policy }: Sender, number: number, state: ResourceState, message: number): Promise<Outcome> => {
  const outcome = await db.inTransaction(async (tx): Promise<Outcome | undefined> => {
    const channel = await channels.hold(tx, number);
    if (!channel) return undefined;
    if (state === "sync" && channel.synced) return "delivered";
    // A later message overtook this one between its number and here; the next try is later still.
    if (state !== "sync" && channel.messages !== message) return "busy";
    if (state !== "not_exists" && !(await mayWatch(tx, channel, channel))) {
      await channels.remove(tx, number);
      return "ended";
    }
    const sent = await send(channel, state, message, policy);
    if (sent === "failed") return sent;
    if (state === "sync") await channels.setSynced(tx, number);
    if (state === "not_exists") await channels.remove(tx, number);
    return sent;
  });
  return outcome ?? busyOrEnded(db, number);
};

const deliverChange = async (sender: Sender, number: number, state: ResourceState): Promise<Outcome> => {
  const taken = await channels.takeMessage(sender.db, number);
  if (!taken) return busyOrEnded(sender.db, number);
  const first = taken.synced ? "delivered" : await sendHeld(sender, number, "sync", firstMessage);
  return first === "delivered" || first === "refused" ? sendHeld(sender, number, state, taken.message) : first;
};

/**
 * Tells a channel's receiver of a state, before anything else that the channel is open. Does nothing when the channel has ended; ends
 * it when its owner may not see the resource any more.
 *
 * @throws when the message is to be tried again.
 */
export const deliver = async (
  sender: Sender,
  { channel, state }: { readonly channel: number; readonly state: ResourceState },
): Promise<void> => {
  const outcome =
    state === "sync" ? await sendHeld(sender, channel, state, firstMessage) : await deliverChange(sender, channel, state);
  if (outcome === "failed" || outcome === "busy") throw new Error(`message ${outcome}`);
};
