import { createHash } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { openToken, sealToken } from "#lib/domain/token.ts";
import { Failure } from "#lib/errors.ts";
import { count } from "#lib/observe/metrics.ts";

/** The part of a list that a client asks for. */
export interface PageQuery {
  readonly maxResults: number;
  readonly pageToken: string | undefined;
}

export interface SyncQuery extends PageQuery {
  readonly syncToken: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextPageToken?: string;
}

export interface SyncPage<Item> extends Page<Item> {
  readonly nextSyncToken?: string;
  /** The number of the last change before the page was read. */
  readonly change: number;
}

/** What a list is of: its name, whose it is, and what must be the same on all its pages. Tokens are good for nothing else. */
interface Subject {
  readonly name: string;
  readonly of: string;
  readonly parameters?: object;
}

interface PageToken<Cursor> {
  readonly kind: "page";
  readonly list: string;
  readonly after: Cursor;
  readonly change?: number;
}

interface SyncToken {
  readonly kind: "sync";
  readonly list: string;
  readonly change: number;
}

const fingerprint = (...parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 16);

const openPage = <Cursor>(ctx: Context, list: string, pageToken: string | undefined): PageToken<Cursor> | undefined => {
  if (pageToken === undefined) return undefined;
  const token = openToken(ctx.settings.secret, pageToken) as PageToken<Cursor> | undefined;
  if (token?.kind !== "page" || token.list !== list) {
    throw new Failure("invalid", { location: "pageToken", message: "Invalid page token value." });
  }
  return token;
};

/** Cuts what was read, one more than fits, to a page. */
const cut = <Item>(found: readonly Item[], maxResults: number): { items: readonly Item[]; last: Item | undefined } => {
  const items = found.slice(0, maxResults);
  return { items, last: found.length > maxResults ? items.at(-1) : undefined };
};

/**
 * One page of a list in the order of a key. Throws `invalid` for a page token that is broken or of another list.
 *
 * @param read reads so many items after a key, "" at the beginning.
 */
export const readPage = async <Item>(
  ctx: Context,
  { name, of }: Subject,
  { maxResults, pageToken }: PageQuery,
  {
    read,
    keyOf,
  }: { readonly read: (after: string, limit: number) => Promise<readonly Item[]>; readonly keyOf: (item: Item) => string },
): Promise<Page<Item>> => {
  const list = fingerprint(name, of);
  const token = openPage<string>(ctx, list, pageToken);
  const { items, last } = cut(await read(token?.after ?? "", maxResults + 1), maxResults);
  if (last === undefined) return { items };
  const next: PageToken<string> = { kind: "page", list, after: keyOf(last) };
  return { items, nextPageToken: sealToken(ctx.settings.secret, next) };
};

/** A place in the order of changes. */
export interface ChangeCursor {
  readonly change: number;
  readonly id: string;
}

/** How a list that can be synced is read: as a whole in the order of ids, or what has changed in the order of changes. */
export interface SyncReader<Item> {
  readonly all: (afterId: string, limit: number) => Promise<readonly Item[]>;
  readonly changed: (after: ChangeCursor, limit: number) => Promise<readonly Item[]>;
  readonly cursorOf: (item: Item) => ChangeCursor;
}

/** Behind all that has this number: no id is empty. */
const behind = (change: number): ChangeCursor => ({ change: change + 1, id: "" });

/**
 * One page of a list whose items carry numbers of changes, and its tokens. A sync token is the number of the last change before the
 * first page was read: what is written in between is told again, never missed. Throws `invalid` for a broken page token,
 * `invalidSyncToken`, and `fullSyncRequired` when gone items that the client may not have heard of are no longer kept, or when the
 * data is older than the token (a database restored from a backup).
 *
 * @param version read before anything of the list is.
 * @param canSync whether the list shows all that a sync token stands for.
 */
export const readSyncPage = async <Item>(
  ctx: Context,
  { name, of, parameters = {} }: Subject,
  { maxResults, pageToken, syncToken }: SyncQuery,
  version: { readonly change: number; readonly purgedChange: number },
  canSync: boolean,
  reader: SyncReader<Item>,
): Promise<SyncPage<Item>> => {
  const { secret } = ctx.settings;
  const subject = fingerprint(name, of);
  const since = syncToken === undefined ? undefined : openSync(ctx, subject, syncToken, version);
  const list = fingerprint(name, of, parameters, syncToken ?? "");
  const token = openPage<ChangeCursor>(ctx, list, pageToken);
  const told = token?.change ?? version.change;

  const found =
    since === undefined
      ? await reader.all(token?.after.id ?? "", maxResults + 1)
      : await reader.changed(token?.after ?? behind(since), maxResults + 1);
  const { items, last } = cut(found, maxResults);
  if (last !== undefined) {
    const next: PageToken<ChangeCursor> = { kind: "page", list, after: reader.cursorOf(last), change: told };
    return { items, change: version.change, nextPageToken: sealToken(secret, next) };
  }
  if (!canSync) return { items, change: version.change };
  const next: SyncToken = { kind: "sync", list: subject, change: told };
  return { items, change: version.change, nextSyncToken: sealToken(secret, next) };
};

const openSync = (
  ctx: Context,
  subject: string,
  syncToken: string,
  version: { readonly change: number; readonly purgedChange: number },
): number => {
  const token = openToken(ctx.settings.secret, syncToken) as SyncToken | undefined;
  if (token?.kind !== "sync" || token.list !== subject) throw new Failure("invalidSyncToken");
  if (token.change < version.purgedChange || token.change > version.change) {
    count("SyncTokensRefused", {});
    throw new Failure("fullSyncRequired");
  }
  return token.change;
};

/** Refuses parameters that make no sense with a sync token; what it tells always includes what is gone or hidden. */
export const checkBesideSyncToken = (
  syncToken: string | undefined,
  { notWith = {}, notFalse = {} }: { readonly notWith?: object; readonly notFalse?: object },
): void => {
  if (syncToken === undefined) return;
  for (const [name, value] of Object.entries(notWith)) {
    if (value !== undefined) throw new Failure("invalid", { location: name, message: `Sync token cannot be used with ${name}.` });
  }
  for (const [name, value] of Object.entries(notFalse)) {
    if (value === false) {
      throw new Failure("invalid", { location: name, message: `Sync token cannot be used with ${name}=false.` });
    }
  }
};
