/** How long an event lasts, as a phrase says it: whole days, or minutes. */
export interface PhraseLength {
  readonly unit: "minutes" | "days";
  readonly count: number;
  /** Where in the phrase it is said. */
  readonly from: number;
  readonly to: number;
}

const amount = String.raw`(?<amount>an?|half\s+an?|\d{1,3}(?:[.,]\d{1,2})?)`;
const unit = "(?<unit>minutes?|mins?|hours?|hrs?|h|days?|weeks?)";
const rest = String.raw`(?:\s+and\s+a\s+(?<half>half)|\s*(?:and\s+)?(?<minutes>\d{1,2})\s*(?:minutes?|mins?|m)\b)?`;

/** `for 2 hours`, `for an hour and a half`, `for 3 days`. */
const withFor = new RegExp(String.raw`\bfor\s+${amount}[\s-]*${unit}\b${rest}`, "i");

/** `90 min`, `1.5 hours`: a number and a unit, but not `in 30 minutes` or `2 hours ago`, which say when. */
const bare = new RegExp(
  String.raw`(?<!\b(?:in|within|next|last|past|every|after|before|at|by)\s+)(?<![\d.,:/-])\b(?<amount>\d{1,3}(?:[.,]\d{1,2})?)[\s-]*` +
    String.raw`(?<unit>minutes?|mins?|hours?|hrs?|h)\b${rest}(?!\s+(?:ago|from|later|after|before|early|earlier|late))`,
  "i",
);

const minutesPer = { m: 1, h: 60 };
const daysPer = { d: 1, w: 7 };

const toNumber = (text: string): number => {
  if (/^half/i.test(text)) return 0.5;
  return /^an?$/i.test(text) ? 1 : Number(text.replace(",", "."));
};

/** Finds how long a phrase says that something lasts; undefined when it does not say so. */
export const readLength = (text: string): PhraseLength | undefined => {
  const found = withFor.exec(text) ?? bare.exec(text);
  if (!found?.groups) return undefined;
  const { amount = "", unit = "", half, minutes = "0" } = found.groups;
  const place = { from: found.index, to: found.index + found[0].length };
  const letter = unit.charAt(0).toLowerCase();
  const count = toNumber(amount) + (half === undefined ? 0 : 0.5);
  const said =
    letter === "d" || letter === "w"
      ? { unit: "days" as const, count: Math.round(count * daysPer[letter]) }
      : { unit: "minutes" as const, count: Math.round(count * minutesPer[letter as "m" | "h"]) + Number(minutes) };
  return said.count > 0 ? { ...said, ...place } : undefined;
};
