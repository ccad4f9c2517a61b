import { attempt } from "./attempt";
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
  govern(gate: Decision["gate"]): void;
}

const FORWARD = { wait: "holdConsent", granted: "grantConsent", denied: "revokeConsent" };
const MOST_UNFIRED = 50;

const page = window as unknown as { ttq?: Ttq };

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
  let gate: Decision["gate"] = "wait";
  let ours = false;
  let ttq = page.ttq;
  let informed: Ttq | undefined;

  /** Hear of a call to *to*, and return the options to make it with: they share its id with us. */
  const hear = (to: Ttq, event: string, properties: object = {}, options?: object): object => {
    const { event_id = makeId(event, properties) } = { ...properties, ...options } as { event_id?: string };
    const seen: Seen = [event, properties, event_id];
    if (!Array.isArray(to) && gate !== "denied") report("pixel", ...seen);
    else {
      if (!ours) report("track", ...seen);
      queued.push(seen);
    }
    return { ...options, event_id };
  };

  /** Take charge of *to*, however often it is seen: of the calls it queued, and of its method. */
  const see = (to: Ttq): Ttq => {
    const { track, instance } = to;
    if (Array.isArray(to)) {
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
          if (Array.isArray(to)) known.add(to[to.length - 1]);
          return answer;
        }),
      );
      if (instance) to.instance = (...of) => see(instance.apply(to, of));
    }
    return to;
  };

  const inform = (to: Ttq): void => {
    const method = to[FORWARD[gate]] as (() => void) | undefined;
    if (informed === to || !method) return;
    informed = to;
    method.call(to);
    // In the snippet's queue the decision has to stand before what it decides on.
    if (Array.isArray(to)) to.unshift(to.pop());
  };

  // A Pixel that does not let itself be watched still works.
  const look = (): void => {
    attempt(() => {
      if (!ttq) return;
      see(ttq);
      inform(ttq);
      if (!Array.isArray(ttq)) queued.splice(0).forEach((seen) => gate !== "denied" && report("pixel", ...seen));
      if (gate !== "granted" || !ttq.track) return;
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
  document.addEventListener("load", () => ((ttq = page.ttq), look()), true);

  return {
    fire(...seen) {
      if (unfired.length < MOST_UNFIRED) unfired.push(seen);
      look();
    },
    govern(next) {
      gate = next;
      informed = undefined;
      if (gate === "denied") unfired = [];
      look();
    },
  };
};
