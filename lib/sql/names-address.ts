import { sql } from "./database.ts";

/** What cannot be part of an address before its `@`: RFC 5322's specials but the dot, and the slash. */
const outside = String.raw`\s"(),/:;<>@[\\\]`;
/** An address begins behind one of those, at the beginning, or behind a line's end as JSON writes it. */
const beginning = String.raw`((?<![^${outside}])|(?<=\\[bfnrt]))`;
/** A domain ends where neither a letter nor a digit follows, nor a dot or hyphen and one of those. */
const ending = "(?![.-]*[a-z0-9])";

/**
 * Whether a text has one of these addresses in it, lower case, as a whole: that of `ana@example.org` neither `joana@example.org` nor
 * `ana@example.org.uk` has.
 */
export const namesOne = (text: ReturnType<typeof sql.fragment>, addresses: readonly string[]) => {
  const patterns = addresses.map((address) => `${beginning}${address.replaceAll(/[!-/:-@[-`{-~]/g, String.raw`\$&`)}${ending}`);
  return sql.fragment`
    exists (
      select from unnest(${sql.array([...addresses], "text")}, ${sql.array(patterns, "text")}) as one (address, pattern)
      where strpos(lower(${text}), address) > 0 and lower(${text}) ~ pattern
    )
  `;
};
