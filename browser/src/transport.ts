import type { Consent } from "../t";
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

/** Events that share a decision; `cookie` lets the session's cookie travel with them. */
export interface Batch {
  at: number;
  consent: Consent;
  cookie: boolean;
  events: Entry[];
}

export interface Transport {
  session: string;
  send(batch: Batch): void;
  /** Make what waits as strict as *consent*. */
  tighten(consent: Consent): void;
  /** Take over what earlier pages could not send. */
  resume(): void;
  /** The page goes away, perhaps for good. */
  leave(): void;
}

const SECOND = 1e3;
const LONGEST_WAIT = 300 * SECOND;
const DAY = 864e5;
const MOST_EVENTS = 100;
// Browsers refuse keepalive bodies from 64 KiB on, and so does the gateway.
const LARGEST = 6e4;
const PERSONAL = /^(ttclid|ttp|user)$/;
const CLICK_AT_END = /[?&]ttclid=[^&]*$/;

const strip = (name: string, value: unknown): unknown => {
  if (PERSONAL.test(name)) return undefined;
  return typeof value === "string" ? value.replace(CLICK_AT_END, "") : value;
};

const count = (batches: Batch[]): number =>
  batches.reduce((sum, batch) => sum + batch.events.length, 0);

export const makeTransport = (
  address: string,
  key: string,
  session: string,
  stores: () => boolean,
): Transport => {
  let waiting: Batch[] = [];
  let busy = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const write = ({ consent, events }: Batch): string =>
    JSON.stringify(
      { key, session: self.session, sent_at: Date.now(), consent, events },
      consent.ad_user_data === "DENIED" ? strip : undefined,
    );

  const post = (batch: Batch): Promise<Response> => {
    const body = new Blob([write(batch)], { type: "text/plain" });
    return fetch(address, {
      method: "POST",
      body,
      keepalive: body.size < LARGEST,
      credentials: batch.cookie ? "include" : "omit",
    });
  };

  // Who the visitor is stays in memory: a disk is no place for a raw email.
  const save = (): boolean =>
    stores() &&
    keep({
      unsent: waiting.map((batch) => ({
        ...batch,
        events: batch.events.filter((event) => event.type !== "identify"),
      })),
    });

  const settle = async (answer: Response): Promise<void> => {
    const { status } = answer;
    if (status === 408 || status === 429 || status >= 500) {
      throw Number(answer.headers.get("Retry-After")) * SECOND;
    }
    if (!answer.ok) console.warn(`tandemgate: the gateway answered ${status}`);
    const told = await answer.json().catch(() => 0);
    if (told?.session) self.session = told.session;
  };

  const pump = async (): Promise<void> => {
    clearTimeout(timer);
    const batch = waiting[0];
    if (busy || !batch) return;
    busy = true;
    let pause = 0;
    try {
      await settle(await post(batch));
      waiting = waiting.filter((other) => other !== batch);
      if (failures) save();
      failures = 0;
    } catch (error) {
      // A number is what the gateway asked for; anything else is the network's failure.
      const asked = typeof error === "number" ? error : 0;
      pause = asked || Math.min(SECOND * 2 ** failures++, LONGEST_WAIT) * (0.5 + Math.random() / 2);
      failures ||= 1;
      save();
    }
    busy = false;
    timer = setTimeout(pump, pause);
  };

  const add = (batch: Batch): void => {
    waiting.push(batch);
    while (count(waiting) > MOST_EVENTS && waiting[1]) waiting.splice(busy ? 1 : 0, 1);
  };

  const send = (batch: Batch): void => {
    const { events } = batch;
    const half = events.length >> 1;
    if (half && write(batch).length > LARGEST / 2) {
      send({ ...batch, events: events.slice(0, half) });
      send({ ...batch, events: events.slice(half) });
    } else {
      add(batch);
      if (!failures) pump();
    }
  };

  addEventListener("online", pump);

  const self: Transport = {
    session,
    send,
    tighten(consent) {
      waiting.forEach((batch) => {
        batch.consent = consent;
        batch.cookie = false;
        batch.events = batch.events.filter((event) => event.type !== "identify");
      });
    },
    resume() {
      const unsent = recall<Batch>()?.unsent;
      if (!unsent) return;
      keep({ unsent: [] });
      unsent.filter((batch) => batch.at > Date.now() - DAY).forEach(add);
      pump();
    },
    leave() {
      if (!failures || !save()) {
        waiting.slice(busy ? 1 : 0).forEach((batch) => {
          // A beacon always takes cookies along.
          if (!batch.cookie || !navigator.sendBeacon(address, write(batch))) post(batch).catch(() => 0);
        });
      }
      waiting = [];
    },
  };
  return self;
};
