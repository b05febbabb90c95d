import { list, object, oneOf, optional, type Static, text } from "#lib/schema.ts";

export const KeyBody = object({ name: text({ minLength: 1, maxLength: 200, description: "What the key is for." }) });

const fields = {
  kind: oneOf("calendar#apiKey"),
  id: text(),
  userId: text(),
  name: text(),
  created: text(),
  revoked: optional(text()),
} as const;

export const KeyReply = object(fields);
/** A key when it is new: the only answer that carries the key itself. */
export const NewKeyReply = object({ ...fields, key: text() });
export const KeysReply = object({ kind: oneOf("calendar#apiKeys"), items: list(KeyReply) });

export const fromKey = (key: {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}): Static<typeof KeyReply> => ({
  kind: "calendar#apiKey",
  id: key.id,
  userId: key.user_id,
  name: key.name,
  created: new Date(key.created_at).toISOString(),
  ...(key.revoked_at !== null && { revoked: new Date(key.revoked_at).toISOString() }),
});
