/** 75 random bits as 16 letters: nobody can take a part of it for a phone number. */
export const letters = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    ((byte % 26) + 10).toString(36),
  ).join("");

/** `CompletePayment` as `complete_payment`. */
export const snake = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z\d]+/g, "_")
    .toLowerCase();

const IDENTIFIER = /@|%40|^\s*\+\s*\d/;

/** Join *parts*; undefined when one looks like an email or a phone number. */
export const eventId = (...parts: (string | number)[]): string | undefined => {
  const refused = parts.findIndex((part) => IDENTIFIER.test(String(part)));
  if (refused < 0) return parts.join("_");
  console.warn(`tandemgate: part ${refused + 1} of the event_id looks like an email or a phone`);
  return undefined;
};
