/**
 * An ETag is the number of the change that wrote a version, quoted as RFC 9110 8.8.3 wants it; with a word for a reader's view of it,
 * where readers see different things.
 */
export const etagOf = (change: number, view?: string): string => (view === undefined ? `"${change}"` : `"${change}-${view}"`);

/** Whether an `If-Match` header lets a write to this version pass (RFC 9110 13.1.1; `*` and absence let any pass). */
export const etagMatches = (ifMatch: string | undefined, change: number, view?: string): boolean =>
  ifMatch === undefined ||
  ifMatch.trim() === "*" ||
  ifMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etagOf(change, view));
