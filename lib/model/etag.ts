/** An ETag is the number of the change that wrote a version, quoted as RFC 9110 8.8.3 wants it. */
export const etagOf = (change: number): string => `"${change}"`;

/** Whether an `If-Match` header lets a write to this version pass (RFC 9110 13.1.1; `*` and absence let any pass). */
export const etagMatches = (ifMatch: string | undefined, change: number): boolean =>
  ifMatch === undefined ||
  ifMatch.trim() === "*" ||
  ifMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etagOf(change));
