import { attempt, page } from "./attempt";
import type { Decision } from "./decision";

type Track = (event: string, properties?: object, options?: { event_id?: string }) => unknown;
type Seen = [event: string, properties: object, event_id: string];

/** `window.ttq`: first the snippet's array of calls, then whatever events.js puts in its place. */
interface Ttq {
  track?: Track;
  instance?: (...of: unknown[]) => Ttq;
  [method: string]: unknown;
}

export interface Pixel {
  /** Fire the Pixel, now or when there is one and the visitor agrees. */
  fire(event: string, properties: object, event_id: string): void;
  govern(agreed: Decision["agreed"]): void;
}

const MOST_UNFIRED = 50;

const { isArray } = Array;

/**
 * Watch the Pixel. *report* hears of each call of the page as `track` while it waits for events.js,
 * and of each call that reaches the Pixel as `pixel`; both with the id that it goes under.
 */
export const watchPixel = (
  report: (type: "track" | "pixel", ...seen: Seen) => void,
  makeId: (event: string, properties: object) => string,
): Pixel => {
  const known = new WeakSet<object>();
  let queued: Seen[] = [];
  let unfired: Seen[] = [];
  let agreed: Decision["agreed"];
  let ours = false;
  let ttq = page.ttq as Ttq | undefined;
  let informed: Ttq | undefined;

  /** Hear of a call to *to*, and return the options to make it with: they share its id with us. */
  const hear = (to: Ttq, event: string, properties: object = {}, options?: object): object => {
    const { event_id = makeId(event, properties) } = { ...properties, ...options } as { event_id?: string };
    const seen: Seen = [event, properties, event_id];
    if (!isArray(to) && agreed !== false) report("pixel", ...seen);
    else {
      if (!ours) report("track", ...seen);
      queued.push(seen);
    }
    return { ...options, event_id };
  };

  /** Take charge of *to*, however often it is seen: of the calls it queued, and of its method. */
  const see = (to: Ttq): Ttq => {
    const { track, instance } = to;
    if (isArray(to)) {
      to.forEach((call) => {
        if (call[0] !== "track" || known.has(call)) return;
        known.add(call);
        call[3] = hear(to, ...(call.slice(1) as [string, object?, object?]));
      });
    }
    if (track && !known.has(track)) {
      known.add(
        (to.track = (event, properties, options) => {
          const shared = attempt(() => hear(to, event, properties, options)) || options;
          const answer = track.call(to, event, properties, shared);
          if (isArray(to)) known.add(to[to.length - 1]);
          return answer;
        }),
      );
      if (instance) to.instance = (...of) => see(instance.apply(to, of));
    }
    return to;
  };

  const inform = (to: Ttq): void => {
    const method = to[`${agreed ? "grant" : agreed === false ? "revoke" : "hold"}Consent`] as (() => void) | undefined;
    if (informed === to || !method) return;
    informed = to;
    method.call(to);
    // In the snippet's queue the decision has to stand before what it decides on, and holds until then are over.
    if (isArray(to)) to.splice(0, to.length, to.pop(), ...to.filter(([name]) => name !== "holdConsent"));
  };

  // A Pixel that does not let itself be watched still works.
  const look = (): void => {
    attempt(() => {
      if (!ttq) return;
      see(ttq);
      inform(ttq);
      if (!isArray(ttq)) queued.splice(0).forEach((seen) => agreed !== false && report("pixel", ...seen));
      if (!agreed || !ttq.track) return;
      unfired.splice(0).forEach(([event, properties, event_id]) => {
        ours = true;
        attempt(() => ttq!.track!(event, properties, { event_id }));
        ours = false;
      });
    });
  };

  // events.js reads the queue through this, and leaves its successor here.
  attempt(() =>
    Object.defineProperty(page, "ttq", {
      configurable: true,
      get: () => (look(), ttq),
      set(next: Ttq) {
        ttq = next;
        queueMicrotask(look);
      },
    }),
  );
  // Where the page said `var ttq` that is not possible: look again whenever a script has run.
  document.addEventListener("load", () => ((ttq = page.ttq as Ttq), look()), true);

  return {
    fire(...seen) {
      if (unfired.length < MOST_UNFIRED) unfired.push(seen);
      look();
    },
    govern(next) {
      agreed = next;
      informed = undefined;
      if (agreed === false) unfired = [];
      look();
    },
  };
};
