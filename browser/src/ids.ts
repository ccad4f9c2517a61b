import { warn } from "./attempt";

/** 75 random bits as 16 letters: nobody can take a part of it for a phone number. */
export const letters = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => ((byte % 26) + 10).toString(36)).join("");

/** `CompletePayment` as `complete_payment`. */
export const snake = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/[^a-z\d]+/gi, "_")
    .toLowerCase();

const IDENTIFIER = /@|%40|^\s*\+\s*\d/;

/** Join *parts*; undefined when one looks like an email or a phone number. */
export const eventId = (...parts: (string | number)[]): string | undefined =>
  parts.some((part) => IDENTIFIER.test(part as string))
    ? (warn("no email or phone in an event_id"), undefined)
    : parts.join("_");
