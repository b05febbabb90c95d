/** A piece of a phrase: from one index up to another. */
export interface Piece {
  readonly from: number;
  readonly to: number;
}

/** Words that a time leaves behind when it is taken out: `Lunch on [Friday]`. */
const leftBehind = /(?:^|\s)(?:on|at|in|from|by|until|till|starting|this|the)$/i;
/** Those of them that may belong to the words before, as in `Check in [tomorrow]`. */
const partsOfVerbs = /(?:^|\s)(?:on|in)$/i;
const daysByName = /^(?:today|tomorrow|tonight|yesterday|next|this|last|now)\b/i;

const leading = /^[\s,;:.\-–—@]+/;
const trailing = /[\s,;:\-–—@]+$/;

/** What stands before a piece that was taken out, without what only led to it. */
const cleanBefore = (words: string, taken: string): string => {
  for (let text = words.replace(trailing, ""); ; ) {
    const belongs = daysByName.test(taken) && partsOfVerbs.test(text);
    if (belongs || !leftBehind.test(text)) return text;
    text = text.replace(leftBehind, "").replace(trailing, "");
  }
};

/** `… at Luigi's`, `@ Room 5`: a place reaches to the end of its words, or to whom it is shared with. */
const place = /(?:^|\s)(?:at|@)\s+(?!.*\s(?:at|@)\s)(?<location>\S.*?)(?=\s+with\s|$)/i;

/** What a phrase says besides its times: what it is about, and where. */
export interface Title {
  readonly summary?: string;
  readonly location?: string;
}

/** Reads what is left of a phrase without the pieces that say when, which are in order and do not overlap. */
export const readTitle = (text: string, pieces: readonly Piece[]): Title => {
  const parts: string[] = [];
  let location: string | undefined;
  let from = 0;
  for (const piece of [...pieces, { from: text.length, to: text.length }]) {
    const words = text
      .slice(from, piece.from)
      .replaceAll(/\s+/g, " ")
      .replace(leading, (start) => (/@/.test(start) ? "@ " : ""));
    let part = piece.from === text.length ? words.replace(trailing, "") : cleanBefore(words, text.slice(piece.from, piece.to));
    const found = place.exec(part);
    if (found?.groups) {
      location = found.groups.location?.replace(trailing, "");
      part = `${part.slice(0, found.index)}${part.slice(found.index + found[0].length)}`.trim();
    }
    if (part) parts.push(part);
    from = piece.to;
  }
  // A phrase that names a place alone is about that place.
  const summary = parts.join(" ") || location;
  return { ...(summary && { summary }), ...(location && { location }) };
};
