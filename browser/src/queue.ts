import type { Consent } from "../t";
import { attempt, warn } from "./attempt";
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
  refs?: object | undefined;
  user?: object;
  /** Of the link that led here. */
  token?: string;
  ttclid?: string | undefined;
  ttp?: string | undefined;
}

/** An entry, and under which decision it goes. */
export type Waiting = [entry: Entry, consent?: Consent | undefined];

export interface Queue {
  session: string;
  /** For a link to another host, as the gateway made it last. */
  token?: string | undefined;
  add(entry: Entry, consent?: Consent): void;
  /** Send now, unless the gateway asked for a pause. */
  sendNow(): void;
  /** A decision is made: what waited goes under it, and a denial overrules what was granted. */
  release(decision: Decision): void;
  /** Take over what earlier pages could not send. */
  takeOver(): void;
  /** The page goes away, perhaps for good. */
  leave(): void;
}

const SECOND = 1e3;
const SOON = 250;
const LONGEST_PAUSE = 3e5;
const DAY = 864e5;
const MOST_EVENTS = 100;
const MOST_UNDECIDED = 50;
const BATCH = 10;
// In UTF-8 at most 60 kB: from 64 KiB on neither keepalive nor the gateway takes a body.
const LARGEST = 2e4;

/** That a decision changed: told with the session's cookie, since it is about that session. */
const isNotice = ([{ type }]: Waiting): boolean => type === "consent";

/** Who the visitor is, or was elsewhere: nothing for a disk, and nothing after a denial. */
const isPersonal = ([{ type }]: Waiting): boolean => /identify|link/.test(type);

/** What a denial takes out of a request. */
const strip = (name: string, value: unknown): unknown => (/^tt(clid|p)$/.test(name) ? undefined : value);

export const makeQueue = (address: string, key: string, session: string, test?: string): Queue => {
  let waiting: Waiting[] = [];
  let sending: Waiting[] = [];
  let decision: Decision | undefined;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const write = (batch: Waiting[]): string => {
    const [, consent] = batch[0]!;
    return JSON.stringify(
      { key, session: self.session, test, sent_at: Date.now(), consent, events: batch.map(([entry]) => entry) },
      consent!.ad_user_data === "DENIED" ? strip : undefined,
    );
  };

  /** The first that may share a request: of one decision, whose own notice goes alone. */
  const take = (): Waiting[] => {
    const sort = (one: Waiting) => `${one[1]!.collected_at}${isNotice(one)}`;
    const batch = waiting.filter((one) => sort(one) === sort(waiting[0]!)).slice(0, BATCH);
    return write(batch).length < LARGEST ? batch : batch.slice(0, 1);
  };

  const drop = (batch: Waiting[]): void => {
    waiting = waiting.filter((one) => !batch.includes(one));
  };

  const withCookie = (batch: Waiting[]): boolean | undefined => decision!.stores || isNotice(batch[0]!);

  const post = (batch: Waiting[], body = write(batch)): Promise<Response> =>
    fetch(address, {
      method: "POST",
      body,
      keepalive: body.length < LARGEST,
      credentials: withCookie(batch) ? "include" : "omit",
    });

  const save = (): unknown =>
    decision!.stores && keep({ unsent: waiting.filter((one) => !isPersonal(one)) });

  const wait = (pause: number): void => {
    clearTimeout(timer);
    timer = setTimeout(pump, pause);
  };

  const pump = async (): Promise<void> => {
    timer = clearTimeout(timer) as undefined;
    if (!waiting[0]?.[1] || sending[0]) return;
    sending = take();
    try {
      const answer = await post(sending);
      const { status } = answer;
      if (/408|429|5../.test(status as unknown as string)) throw answer;
      if (!answer.ok) warn(`the gateway answered ${status}`);
      const told = await answer.json().catch(() => 0);
      self.session = told.session || self.session;
      self.token = told.link || self.token;
      drop(sending);
      if (failures) save();
      failures = 0;
    } catch (answer) {
      const asked = ((answer as Partial<Response>).headers?.get("Retry-After") as unknown as number) * SECOND;
      wait(asked || (Math.min(SECOND * 2 ** failures, LONGEST_PAUSE) * (1 + Math.random())) / 2);
      failures++;
      save();
    }
    sending = [];
    if (!failures) pump();
  };

  const self: Queue = {
    session,
    add(entry, consent) {
      waiting.push([entry, consent]);
      waiting.splice(0, waiting.length - (consent ? MOST_EVENTS : MOST_UNDECIDED));
      if (failures || !consent) return;
      if (waiting.length >= BATCH) pump();
      else if (!timer) wait(SOON);
    },
    sendNow() {
      if (!failures) pump();
    },
    release(next) {
      decision = next;
      waiting = waiting.filter((one) => next.agreed || !isPersonal(one));
      waiting.forEach((one) => {
        if (!next.agreed || !one[1]) one[1] = next.told;
      });
    },
    takeOver() {
      const fresh = ([entry]: Waiting) => entry.at > Date.now() - DAY;
      // What another version of the script kept may look otherwise.
      const unsent = decision?.stores && attempt(() => recall()!.unsent!.filter(fresh));
      if (!unsent || !unsent[0]) return;
      keep({ unsent: [] });
      waiting.unshift(...unsent);
      pump();
    },
    leave() {
      if (failures && save()) waiting = [];
      else if (waiting[0]?.[1]) {
        drop(sending);
        while (waiting[0]) {
          const batch = take();
          drop(batch);
          // A beacon always takes cookies along.
          if (!withCookie(batch) || !navigator.sendBeacon(address, write(batch))) post(batch).catch(() => 0);
        }
        waiting = sending;
      }
    },
  };

  addEventListener("online", pump);
  return self;
};
