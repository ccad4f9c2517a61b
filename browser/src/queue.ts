import type { Consent } from "../t";
import type { Decision } from "./decision";
import { keep, recall } from "./memory";
import type { Page } from "./page";

/** One entry of `events`; moments are milliseconds since 1970. */
export interface Entry {
  type: string;
  at: number;
  page: Page;
  event?: string;
  event_id?: string;
  properties?: object;
  refs?: object;
  user?: object;
  ttclid?: string | undefined;
  ttp?: string | undefined;
  decided_after_ms?: number;
}

/** An entry, and under which decision it goes. */
export interface Waiting {
  entry: Entry;
  consent?: Consent;
}

export interface Queue {
  session: string;
  add(entry: Entry, consent?: Consent): void;
  /** Send now, unless the gateway asked for a pause. */
  flush(): void;
  /** A decision is made: what waited goes under it, and a denial overrules what was granted. */
  release(decision: Decision): void;
  /** Take over what earlier pages could not send. */
  resume(): void;
  /** The page goes away, perhaps for good. */
  leave(): void;
}

const SECOND = 1e3;
const SOON = SECOND / 4;
const LONGEST_PAUSE = 300 * SECOND;
const DAY = 864e5;
const MOST_EVENTS = 100;
const MOST_UNDECIDED = 50;
const BATCH = 10;
// In UTF-8 at most 60 kB: from 64 KiB on neither keepalive nor the gateway takes a body.
const LARGEST = 2e4;
const PERSONAL = /^(ttclid|ttp|user)$/;
const CLICK_AT_END = /[?&]ttclid=[^&]*$/;

/** That a decision changed: told with the session's cookie, since it is about that session. */
const isNotice = ({ type }: Entry): boolean => type === "consent";

/** What a denial takes out of a request. */
const strip = (name: string, value: unknown): unknown =>
  PERSONAL.test(name) ? undefined : typeof value === "string" ? value.replace(CLICK_AT_END, "") : value;

export const makeQueue = (address: string, key: string, session: string): Queue => {
  let waiting: Waiting[] = [];
  let sending: Waiting[] = [];
  let decision: Decision;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const write = (batch: Waiting[]): string => {
    const { consent } = batch[0]!;
    return JSON.stringify(
      { key, session: self.session, sent_at: Date.now(), consent, events: batch.map(({ entry }) => entry) },
      consent!.ad_user_data === "DENIED" ? strip : undefined,
    );
  };

  /** The first of *from* that may share a request: of one decision, whose own notice goes alone. */
  const take = (from: Waiting[]): Waiting[] => {
    const sort = ({ entry, consent }: Waiting) => `${consent!.collected_at} ${isNotice(entry)}`;
    const batch = from.filter((one) => sort(one) === sort(from[0]!)).slice(0, BATCH);
    return write(batch).length < LARGEST ? batch : batch.slice(0, 1);
  };

  const drop = (batch: Waiting[]): void => {
    waiting = waiting.filter((one) => !batch.includes(one));
  };

  const withCookie = (batch: Waiting[]): boolean => decision.stores || isNotice(batch[0]!.entry);

  const post = (batch: Waiting[]): Promise<Response> => {
    const body = write(batch);
    return fetch(address, {
      method: "POST",
      body,
      keepalive: body.length < LARGEST,
      credentials: withCookie(batch) ? "include" : "omit",
    });
  };

  // Who the visitor is stays in memory: a disk is no place for a raw email.
  const save = (): boolean =>
    decision.stores && keep({ unsent: waiting.filter(({ entry }) => !entry.user) });

  const wait = (pause: number): void => {
    clearTimeout(timer);
    timer = setTimeout(pump, pause);
  };

  const pump = async (): Promise<void> => {
    timer = clearTimeout(timer) as undefined;
    if (!waiting[0]?.consent || sending[0]) return;
    sending = take(waiting);
    try {
      const answer = await post(sending);
      const { status } = answer;
      if (status === 408 || status === 429 || status >= 500) throw answer;
      if (status >= 400) console.warn(`tandemgate: the gateway answered ${status}`);
      const told = await answer.json().catch(() => 0);
      self.session = told?.session || self.session;
      drop(sending);
      if (failures) save();
      failures = 0;
    } catch (answer) {
      const asked = answer instanceof Response && Number(answer.headers.get("Retry-After")) * SECOND;
      wait(asked || Math.min(SECOND * 2 ** failures, LONGEST_PAUSE) * (0.5 + Math.random() / 2));
      failures++;
      save();
    }
    sending = [];
    if (!failures) pump();
  };

  const self: Queue = {
    session,
    add(entry, consent) {
      waiting.push(consent ? { entry, consent } : { entry });
      waiting.splice(0, waiting.length - (consent ? MOST_EVENTS : MOST_UNDECIDED));
      if (failures || !consent) return;
      if (waiting.length >= BATCH) pump();
      else if (!timer) wait(SOON);
    },
    flush() {
      if (!failures) pump();
    },
    release(next) {
      decision = next;
      const denied = next.gate === "denied";
      waiting = waiting.filter(({ entry }) => !denied || !entry.user);
      waiting.forEach((one) => {
        if (!one.consent) one.entry.decided_after_ms = next.told.collected_at! - one.entry.at;
        if (denied || !one.consent) one.consent = next.told;
      });
    },
    resume() {
      const unsent = recall()?.unsent?.filter(({ entry }) => entry.at > Date.now() - DAY);
      if (!unsent?.[0]) return;
      keep({ unsent: [] });
      waiting.unshift(...unsent);
      pump();
    },
    leave() {
      if (waiting[0]?.consent && !(failures && save())) {
        drop(sending);
        while (waiting[0]) {
          const batch = take(waiting);
          drop(batch);
          // A beacon always takes cookies along.
          if (!withCookie(batch) || !navigator.sendBeacon(address, write(batch))) post(batch).catch(() => 0);
        }
        waiting = sending;
      } else if (failures) waiting = [];
    },
  };

  addEventListener("online", pump);
  return self;
};
