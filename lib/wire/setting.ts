import { etagOf } from "#lib/model/etag.ts";
import { list, object, oneOf, optional, type Static, text } from "#lib/schema.ts";

export const SettingBody = object({ value: text({ maxLength: 1_024 }) });

export const SettingReply = object({ kind: oneOf("calendar#setting"), etag: text(), id: text(), value: text() });

export const SettingsReply = object({
  kind: oneOf("calendar#settings"),
  etag: text(),
  nextPageToken: optional(text()),
  nextSyncToken: optional(text()),
  items: list(SettingReply),
});

interface Setting {
  readonly id: string;
  readonly value: string;
  readonly change: number;
}

export const fromSetting = ({ id, value, change }: Setting): Static<typeof SettingReply> => ({
  kind: "calendar#setting",
  etag: etagOf(change),
  id,
  value,
});

export const fromSettings = ({
  items,
  change,
  nextPageToken,
  nextSyncToken,
}: {
  readonly items: readonly Setting[];
  readonly change: number;
  readonly nextPageToken?: string;
  readonly nextSyncToken?: string;
}): Static<typeof SettingsReply> => ({
  kind: "calendar#settings",
  etag: etagOf(change),
  ...(nextPageToken !== undefined && { nextPageToken }),
  ...(nextSyncToken !== undefined && { nextSyncToken }),
  items: items.map(fromSetting),
});
