/**
 * The browser script of tandemgate, as an ES module. The tag (`t.js`) offers the same methods as
 * `tg("track", "AddToCart", …)`. Nothing here throws into the page.
 */

export type Word = "GRANTED" | "DENIED";

/** What the visitor agreed to; the gateway reads the same fields from a server's event. */
export interface Consent {
  /** May data about this person be used for advertising? */
  ad_user_data?: Word;
  /** May the event be used for personalized advertising? */
  ad_personalization?: Word;
  /** ISO 3166 code of the visitor's region, such as `DE` or `US-CA`. */
  region?: string;
  cmp?: string;
  cmp_version?: string;
  /** The TC string of IAB Europe's framework. */
  tc_string?: string;
  gpp_string?: string;
  /** The visitor opted out of sale or sharing. */
  opt_out?: boolean;
  child?: boolean;
  /** When it was decided, in milliseconds since 1970; stated by the script. */
  collected_at?: number;
}

/** A decision as pages and consent platforms say it: words in any case, or booleans. */
export type Said =
  | "wait"
  | "granted"
  | "denied"
  /** Nobody was asked, since the law that applies here does not ask for it; nothing is stated. */
  | "not_required"
  | (Omit<Consent, "ad_user_data" | "ad_personalization"> & {
      ad_user_data?: string | boolean | undefined;
      ad_personalization?: string | boolean | undefined;
      /** May this device keep anything? Read here, never sent. */
      ad_storage?: string | boolean | undefined;
    });

export type Reference = "cart" | "checkout" | "order" | "lead";

export interface TrackOptions {
  /** The id that the Pixel and the server share; made when it is missing. */
  event_id?: string;
  refs?: Partial<Record<Reference, string>>;
}

/** Raw or hashed; the gateway normalizes and hashes. Sent only while the visitor agrees. */
export interface Person {
  email?: string;
  phone?: string;
  external_id?: string;
}

export interface Options {
  /** The public key, `pk_…`. */
  key: string;
  /** Where the gateway answers, such as `https://c.shop.example`. */
  collector: string;
  /** What holds until somebody decides; `wait` unless stated. */
  consent?: "wait" | "granted" | "denied";
  /** Which consent platforms to listen to: `google`, `tcf`, `shopify`, separated by spaces. */
  cmp?: string;
  /** The visitor's region, where the page knows it. */
  region?: string;
  /** Report page views by itself, also of single-page routes; true unless stated. */
  pages?: boolean | "off";
  /** Other hosts whose pages shall know the visit again, separated by spaces. */
  link?: string;
}

export interface Tandemgate {
  /** Report an action, here and to the Pixel, once under one id; return that id. */
  track(event: string, properties?: object, options?: TrackOptions): string;
  /** Report a page view. */
  page(): void;
  /** Say who the visitor is. */
  identify(person: Person): void;
  /** Bind this session to a cart, checkout, order or lead before a redirect loses it. */
  attach(kind: Reference, id: string | number): void;
  /** State a decision, or be handed the function that states it. */
  consent(said: Said | ((decide: (said: Said) => void) => void)): void;
  /** Join parts to an event_id; `undefined` when one looks like an email or a phone number. */
  eventId(...parts: (string | number)[]): string | undefined;
  /** This page's session, to hand to your own server. */
  session(): string;
  /** Mark an address of one of the `link` hosts, before a script goes there. */
  link(address: string): string;
}

/** Start the script once; a second call returns what the first one made. */
export function start(options: Options): Tandemgate;
