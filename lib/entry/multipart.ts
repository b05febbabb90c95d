import { Failure } from "#lib/errors.ts";

/** How many parts a body may have: as many as Google takes in a batch. */
export const maxParts = 1_000;

const refuse = (what: string): never => {
  throw new Failure("parseError", { message: `Parse Error: ${what}` });
};

/** The boundary that a Content-Type names (RFC 2046 section 5.1.1); `"…"` or bare. */
const boundaryOf = (contentType: string): string => {
  const [, quoted, bare] = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;",]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (!boundary) return refuse("the Content-Type names no boundary between the parts.");
  if (boundary.length > 70) refuse("the boundary between the parts has more than 70 characters.");
  return boundary;
};

/**
 * The parts of a multipart body, each with its headers, as they came: without the line end before the next boundary. Characters
 * are bytes (latin1), so that no part's encoding is harmed; lines may end with CR LF or LF. What stands before the first boundary
 * and after the last is nobody's.
 *
 * Throws `parseError` without a boundary, without a part, with more than {@link maxParts}, and when the last boundary is missing, which
 * says that the body was cut off.
 */
export const splitMultipart = (contentType: string, body: string): string[] => {
  const delimiter = `--${boundaryOf(contentType)}`;
  const parts: string[] = [];
  let start = -1;
  for (let at = body.indexOf(delimiter); at !== -1; at = body.indexOf(delimiter, at + 1)) {
    if (at > 0 && body[at - 1] !== "\n") continue;
    let end = at + delimiter.length;
    const isLast = body.startsWith("--", end);
    if (isLast) end += 2;
    while (body[end] === " " || body[end] === "\t") end += 1;
    if (body[end] === "\r") end += 1;
    if (end < body.length && body[end] !== "\n") continue;

    if (start !== -1) parts.push(body.slice(start, Math.max(start, at - (body[at - 2] === "\r" ? 2 : 1))));
    if (parts.length > maxParts) refuse(`there are more than ${maxParts} parts.`);
    if (isLast) return parts.length > 0 ? parts : refuse("there are no parts.");
    start = end + 1;
  }
  return refuse(start === -1 ? "the boundary is nowhere in the body." : "the last boundary is missing: the body was cut off.");
};
