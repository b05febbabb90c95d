import { randomBytes } from "node:crypto";

const alphabet = "0123456789abcdefghijklmnopqrstuv";

/** A new event id, 26 letters of base32hex as clients' own ids must be (130 random bits). */
export const newEventId = (): string => Array.from(randomBytes(26), (byte) => alphabet[byte & 31]).join("");
