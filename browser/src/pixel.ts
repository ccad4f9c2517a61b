import type { Gate } from "./decision";

type Call = [method: string, ...rest: unknown[]];
type Track = (event: string, properties?: object, options?: { event_id?: string }) => unknown;

/** `window.ttq`: first the snippet's array of calls, then whatever events.js puts in its place. */
interface Ttq {
  track?: Track;
  instance?: (...of: unknown[]) => Ttq;
  [method: string]: unknown;
}

export interface Pixel {
  /** Fire the Pixel without mirroring it, now or when there is one. */
  fire(event: string, properties: object, id: string): void;
  /** Tell it the decision. */
  govern(gate: Gate): void;
}

const FORWARD = { wait: "holdConsent", granted: "grantConsent", denied: "revokeConsent" };
const MOST_UNFIRED = 50;

const page = window as unknown as { ttq?: Ttq };

/** Watch the Pixel. `report` hears each call that the page makes, once, with the id that was sent. */
export const watchPixel = (
  report: (event: string, properties: object, id: string) => void,
  makeId: (event: string, properties: object) => string,
): Pixel => {
  const known = new WeakSet<object>();
  let unfired: [string, object, { event_id: string }][] = [];
  let gate: Gate = "wait";
  let ours = false;
  let ttq = page.ttq;

  /** The options to track with: the page's own id, or a shared one. */
  const share = (event: string, properties: object = {}, options?: { event_id?: string }) => {
    const stated = options?.event_id || (properties as { event_id?: string }).event_id;
    const event_id = stated || makeId(event, properties);
    if (!ours) report(event, properties, event_id);
    return { ...options, event_id };
  };

  const forward = (to: Ttq): void => {
    const method = to[FORWARD[gate]];
    if (typeof method !== "function") return;
    method.call(to);
    // In the snippet's queue the decision has to stand before what it decides on.
    if (Array.isArray(to)) to.unshift(to.pop());
  };

  const wrap = (to: Ttq): void => {
    const { track, instance } = to;
    if (typeof track !== "function" || known.has(track)) return;
    const shared: Track = function (this: unknown, event, properties, options) {
      const answer = track.call(this, event, properties, share(event, properties, options));
      if (Array.isArray(to)) known.add(to[to.length - 1]);
      return answer;
    };
    known.add(shared);
    to.track = shared;
    if (instance) to.instance = (...of) => see(instance.apply(to, of));
    forward(to);
  };

  /** Take charge of *to*, however often it is seen: of its method, and of the calls it queued. */
  const see = (to: Ttq): Ttq => {
    try {
      if (Array.isArray(to)) {
        (to as Call[]).forEach((call) => {
          if (call[0] !== "track" || known.has(call)) return;
          known.add(call);
          call[3] = share(...(call.slice(1) as Parameters<Track>));
        });
      }
      wrap(to);
    } catch {
      // A Pixel that does not let itself be watched still works.
    }
    return to;
  };

  const look = (): void => {
    if (!ttq) return;
    see(ttq);
    if (gate !== "granted" || !ttq.track) return;
    const now = unfired;
    unfired = [];
    ours = true;
    now.forEach((call) => ttq?.track?.(...call));
    ours = false;
  };

  try {
    // events.js reads the queue through this, and leaves its successor here.
    Object.defineProperty(page, "ttq", {
      configurable: true,
      enumerable: true,
      get: () => (look(), ttq),
      set: (next: Ttq) => {
        ttq = next;
        Promise.resolve().then(look);
      },
    });
  } catch {
    // `var ttq` in the page: look again whenever a script has run.
  }
  document.addEventListener("load", () => ((ttq = page.ttq), look()), true);
  look();

  return {
    fire(event, properties, event_id) {
      unfired.push([event, properties, { event_id }]);
      unfired.splice(0, unfired.length - MOST_UNFIRED);
      look();
    },
    govern(next) {
      gate = next;
      if (gate === "denied") unfired = [];
      if (ttq) forward(ttq);
      look();
    },
  };
};
