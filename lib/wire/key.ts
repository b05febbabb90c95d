import type { KeyLimits } from "#lib/model/key.ts";
import { type Scope, scopes } from "#lib/model/scope.ts";
import { integer, list, object, oneOf, optional, type Static, text } from "#lib/schema.ts";
import { readMoment } from "./time.ts";

const limits = {
  scopes: optional(list(oneOf(...scopes), { minItems: 1, maxItems: scopes.length, description: "What it may do; absent: all." })),
  calendars: optional(
    list(text({ minLength: 1, maxLength: 320 }), {
      minItems: 1,
      maxItems: 100,
      description: "Ids of the calendars it reaches, and nothing else; absent: all.",
    }),
  ),
  ipRanges: optional(
    list(text({ minLength: 1, maxLength: 60 }), {
      minItems: 1,
      maxItems: 100,
      description: "Networks it may be used from, CIDR, `192.0.2.0/24` or `2001:db8::/32`; absent: any.",
    }),
  ),
  expires: optional(text({ maxLength: 40, description: "When it ends, RFC 3339; absent: never." })),
} as const;

export const KeyBody = object({ name: text({ minLength: 1, maxLength: 200, description: "What the key is for." }), ...limits });

const daySeconds = 86_400;
export const RotationBody = object({
  overlapSeconds: optional(
    integer({ minimum: 0, maximum: 30 * daySeconds, description: "How long the old key is valid beside the new one; a day." }),
  ),
});

const fields = {
  kind: oneOf("calendar#apiKey"),
  id: text(),
  userId: text(),
  name: text(),
  created: text(),
  revoked: optional(text()),
  ...limits,
  replaces: optional(text({ description: "The id of the key that it took the place of." })),
} as const;

export const KeyReply = object(fields);
/** A key when it is new: the only answer that carries the key itself. */
export const NewKeyReply = object({ ...fields, key: text({ description: "The key itself, shown this once." }) });
export const RotationReply = object({
  ...fields,
  key: text({ description: "The key itself, shown this once." }),
  replaces: text({ description: "The id of the old key." }),
  replacedExpires: text({ description: "When the old key ends." }),
});
export const KeysReply = object({ kind: oneOf("calendar#apiKeys"), items: list(KeyReply) });

/** The limits that a client names. Throws `invalidParameter`. */
export const toLimits = (body: Static<typeof KeyBody>): Partial<KeyLimits> => {
  const { scopes, calendars, ipRanges } = body;
  const expiresAt = readMoment(body.expires, "expires");
  return {
    ...(scopes && { scopes: [...new Set(scopes)] }),
    ...(calendars && { calendars: [...new Set(calendars)] }),
    ...(ipRanges && { ipRanges: [...new Set(ipRanges)] }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
};

export const toOverlapMs = ({ overlapSeconds = daySeconds }: Static<typeof RotationBody>): number => overlapSeconds * 1_000;

export const toTime = (at: number): string => new Date(at).toISOString();

export const fromKey = (key: {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
  readonly scopes: readonly Scope[] | null;
  readonly calendars: readonly string[] | null;
  readonly ip_ranges: readonly string[] | null;
  readonly expires_at: number | null;
  readonly replaces: string | null;
}): Static<typeof KeyReply> => ({
  kind: "calendar#apiKey",
  id: key.id,
  userId: key.user_id,
  name: key.name,
  created: toTime(key.created_at),
  ...(key.revoked_at !== null && { revoked: toTime(key.revoked_at) }),
  ...(key.scopes && { scopes: [...key.scopes] }),
  ...(key.calendars && { calendars: [...key.calendars] }),
  ...(key.ip_ranges && { ipRanges: [...key.ip_ranges] }),
  ...(key.expires_at !== null && { expires: toTime(key.expires_at) }),
  ...(key.replaces !== null && { replaces: key.replaces }),
});
