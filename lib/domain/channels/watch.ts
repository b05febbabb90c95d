import { createHmac } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { requireRole, requireWholeReach } from "#lib/domain/acl/require-role.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { Failure } from "#lib/errors.ts";
import type { Channel, ChannelDraft } from "#lib/model/channel.ts";
import * as channels from "#lib/sql/channels.ts";
import { findTarget } from "./address.ts";
import { neededRole } from "./may-watch.ts";

/** A user's live channels at most. */
const maxChannels = 1_000;

const dayMs = 86_400_000;
const usualLifeMs = 7 * dayMs;
const longestLifeMs = 30 * dayMs;

/** What the caller wants to hear of. */
export type Watching =
  | { readonly kind: "events" | "acl"; readonly calendarId: string }
  | { readonly kind: "calendarList" | "settings" };

const paths: Readonly<Record<Watching["kind"], (calendarId: string) => string>> = {
  events: (calendarId) => `/calendars/${encodeURIComponent(calendarId)}/events`,
  acl: (calendarId) => `/calendars/${encodeURIComponent(calendarId)}/acl`,
  calendarList: () => "/users/me/calendarList",
  settings: () => "/users/me/settings",
};

/** When a channel ends that shall end then, or after the usual life: epoch milliseconds. Throws `invalid` when that is over. */
const endOf = (wanted: number | undefined, now: number): number => {
  if (wanted !== undefined && wanted <= now) {
    throw new Failure("invalid", { location: "expiration", message: "Invalid value for expiration: it lies in the past." });
  }
  return Math.min(wanted ?? now + usualLifeMs, now + longestLifeMs);
};

/**
 * Opens a channel: from now on messages are posted to its address when the resource changes, the first one right away. Throws
 * `notFound`, `requiredAccessLevel`, `webhookUrlNotHttps`, `webhookUrlUnauthorized`, `channelIdNotUnique`, `quotaExceeded`.
 *
 * @param wanted `expiresAt`, epoch milliseconds, is cut to 30 days; without one the channel lives for 7.
 */
export const watch = async (
  ctx: Context,
  watching: Watching,
  wanted: Omit<ChannelDraft, "expiresAt"> & { readonly expiresAt: number | undefined },
): Promise<Channel> => {
  const { kind } = watching;
  const role = neededRole[kind];
  if (!("calendarId" in watching)) requireWholeReach(ctx);
  const calendar = "calendarId" in watching && role ? await requireRole(ctx, watching.calendarId, role) : undefined;
  const expiresAt = endOf(wanted.expiresAt, ctx.now());
  await findTarget(wanted.address, { allowLoopback: ctx.settings.pushAllowLoopback });

  const { secret, publicUrl } = ctx.settings;
  const { userId } = ctx.caller;
  const resourceId = createHmac("sha256", secret)
    .update(`watch ${kind} ${calendar?.id ?? userId}`)
    .digest("base64url");
  return ctx.db.inTransaction(async (db) => {
    if ((await channels.countLocked(db, userId)) >= maxChannels) {
      throw new Failure("quotaExceeded", { message: `Calendar usage limits exceeded: ${maxChannels} channels per user.` });
    }
    const channel = await channels.insert(db, {
      ...wanted,
      expiresAt,
      userId,
      kind,
      calendarId: calendar?.id,
      resourceId: resourceId.slice(0, 27),
      resourceUri: `${publicUrl}/calendar/v3${paths[kind](calendar?.id ?? "")}?alt=json`,
    });
    if (!channel) throw new Failure("channelIdNotUnique", { message: `Channel id ${wanted.id} not unique` });
    await channels.enqueueSync(db, channel.number);
    // Of the address its host: the rest may hold a secret.
    await recordChange(ctx, db, {
      ...(calendar && { calendarId: calendar.id }),
      object: { channelId: wanted.id, kind, host: new URL(wanted.address).host },
    });
    return channel;
  });
};
