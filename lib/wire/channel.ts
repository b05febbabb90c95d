import { Failure } from "#lib/errors.ts";
import type { Channel, ChannelDraft } from "#lib/model/channel.ts";
import { flag, int64, maybe, object, oneOf, optional, record, type Static, text } from "#lib/schema.ts";

const Id = text({ minLength: 1, maxLength: 64, pattern: "^[\\w+/=-]+$", description: "A UUID or the like." });

export const ChannelBody = object({
  id: Id,
  type: oneOf("web_hook", "webhook"),
  address: text({ minLength: 1, description: "Where messages are posted to: https, at most 2048 characters." }),
  token: maybe(text({ maxLength: 256, pattern: "^[\\x20-\\x7e]*$", description: "Sent along with each message." })),
  expiration: maybe(int64({ description: "When the channel ends, milliseconds since 1970; at most 30 days ahead." })),
  params: maybe(record(text())),
  payload: maybe(flag({ description: "Ignored: messages about calendars have no body." })),
});

export const StopBody = object({
  id: Id,
  resourceId: text({ minLength: 1, maxLength: 256, description: "What the answer to `watch` gave." }),
});

export const ChannelReply = object({
  kind: oneOf("api#channel"),
  id: text(),
  resourceId: text(),
  resourceUri: text(),
  token: optional(text()),
  expiration: text(),
});

const maxSeconds = 1_000_000_000;

/** `params.ttl`, seconds as text, as Google's documents have it. */
const lifeOf = (params: Readonly<Record<string, string>> | null | undefined): number | undefined => {
  const ttl = params?.ttl;
  if (ttl === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(ttl)) {
    throw new Failure("invalid", { location: "params.ttl", message: "Invalid value for params.ttl: it must be seconds." });
  }
  return Math.min(Number(ttl), maxSeconds) * 1_000;
};

/** What a client asks for; `expiration` counts before `params.ttl`. Throws `invalid`. */
export const toChannel = (
  body: Static<typeof ChannelBody>,
  now: number,
): Omit<ChannelDraft, "expiresAt"> & { readonly expiresAt: number | undefined } => {
  const life = lifeOf(body.params);
  const expiration = body.expiration ?? undefined;
  return {
    id: body.id,
    address: body.address,
    token: body.token || undefined,
    expiresAt: expiration !== undefined ? Number(expiration) : life === undefined ? undefined : now + life,
  };
};

export const fromChannel = (channel: Channel): Static<typeof ChannelReply> => ({
  kind: "api#channel",
  id: channel.id,
  resourceId: channel.resourceId,
  resourceUri: channel.resourceUri,
  ...(channel.token !== undefined && { token: channel.token }),
  expiration: String(channel.expiresAt),
});
