import { quote, RecurrenceError } from "./error.ts";

interface Range {
  readonly least: number;
  readonly most: number;
  /** Whether a minus sign counts from the end. */
  readonly signed: boolean;
}

/** What RFC 5545, 3.3.10 allows in each list. */
const ranges: Readonly<Record<string, Range>> = {
  BYSECOND: { least: 0, most: 60, signed: false },
  BYMINUTE: { least: 0, most: 59, signed: false },
  BYHOUR: { least: 0, most: 23, signed: false },
  BYDAY: { least: 1, most: 53, signed: true },
  BYMONTHDAY: { least: 1, most: 31, signed: true },
  BYYEARDAY: { least: 1, most: 366, signed: true },
  BYWEEKNO: { least: 1, most: 53, signed: true },
  BYMONTH: { least: 1, most: 12, signed: false },
  BYSETPOS: { least: 1, most: 366, signed: true },
};

/** INTERVAL and COUNT are exact up to here, and no calendar needs more. */
const longestPositive = 10;

const comma = 44;
const plus = 43;
const minus = 45;
const zero = 48;

const ascending = (a: number, b: number): number => a - b;

/** A comma-separated list of whole numbers in the range of a part, ascending, each once. */
export const readNumbers = (part: string, value: string, line: string): readonly number[] => {
  const { least, most, signed } = ranges[part] ?? { least: 0, most: 0, signed: false };
  const numbers: number[] = [];
  let sorted = true;
  let at = 0;
  do {
    const sign = value.charCodeAt(at);
    const hasSign = signed && (sign === plus || sign === minus);
    if (hasSign) at += 1;

    let number = 0;
    const firstDigit = at;
    for (let code = value.charCodeAt(at); at < value.length && code !== comma; code = value.charCodeAt(at)) {
      const digit = code - zero;
      if (!(digit >= 0 && digit <= 9) || at - firstDigit === 3) throw notInRange(part, value, line);
      number = number * 10 + digit;
      at += 1;
    }
    if (at === firstDigit || number < least || number > most) throw notInRange(part, value, line);

    const result = hasSign && sign === minus ? -number : number;
    sorted &&= numbers.length === 0 || result > (numbers[numbers.length - 1] ?? 0);
    numbers.push(result);
    at += 1;
  } while (at <= value.length);

  return sorted ? numbers : [...new Set(numbers)].sort(ascending);
};

/** A whole number above zero. */
export const readPositive = (part: string, value: string, line: string): number => {
  const number = /^\d+$/.test(value) ? Number(value) : 0;
  if (number === 0) throw new RecurrenceError(part, line, `${part} must be a whole number above 0, not "${quote(value)}".`);
  if (value.length > longestPositive)
    throw new RecurrenceError(part, line, `${part} must not be longer than ${longestPositive} digits.`);
  return number;
};

const notInRange = (part: string, value: string, line: string): RecurrenceError => {
  const { least, most, signed } = ranges[part] ?? { least: 0, most: 0, signed: false };
  const allowed = signed ? `${least} to ${most} or -${most} to -${least}` : `${least} to ${most}`;
  return new RecurrenceError(part, line, `${part} takes whole numbers from ${allowed}, not "${quote(value)}".`);
};
