import type { Options, Reference, Said, Tandemgate } from "../t";
import { pick } from "./attempt";
import { ADAPTERS } from "./cmp";
import { type Decision, read } from "./decision";
import { eventId, letters, snake } from "./ids";
import { arrivedBy, watchLinks } from "./links";
import { forget, keep, keepHere, recall } from "./memory";
import { clean, clickIn, cookie } from "./page";
import { watchPixel } from "./pixel";
import { type Entry, makeQueue } from "./queue";

type Refs = Partial<Record<Reference, string>>;

const NINETY_DAYS = 90 * 864e5;
// The gateway's tokens hold for five minutes; two of them are for the page that one leads to.
const FRESH = 18e4;
const PURCHASE = /^(CompletePayment|Purchase|PlaceAnOrder) /;
// What a Pixel call may hold that is not TikTok's vocabulary stays in the page.
const COMMERCE = /^(value|currency|content\w*|num_items|order_id|quantity|price|status|description)$/;

/** Start the script; *options* are the tag's attributes or the module's arguments. */
export const begin = (options: Options): Tandemgate => {
  const { key, collector, consent = "wait", cmp = "", region, pages, link = "" } = options;
  const { link: token, test } = arrivedBy();
  // Whoever opened a test's link stays in the test, whatever they decide; in nobody else's browser it is kept.
  const queue = makeQueue(`${collector}/v1/collect`, key, letters(), keepHere(test, "tg_test"));
  let done: Record<string, number> = {};
  let decision: Decision = {};
  let said = "";
  let click = clickIn(location.href) || clickIn(document.referrer);
  let referrer = clean(document.referrer);
  let route = "";
  let fresh = 0;

  const emit = (type: string, more: Partial<Entry> = {}): void => {
    const entry: Entry = {
      type,
      at: Date.now(),
      page: { url: clean(location.href), referrer },
      ttclid: click || cookie("ttclid"),
      ttp: cookie("_ttp"),
      ...more,
    };
    // A copy, since the page may go on with its objects; what JSON cannot hold is refused here.
    queue.add(JSON.parse(JSON.stringify(entry)), decision.told);
  };

  /** As the gateway derives it: from the order or lead, so that each side comes to the same id. */
  const makeId = (event: string, { order_id }: { order_id?: string }, { order = order_id, lead }: Refs = {}): string =>
    (order && eventId("ord", order, snake(event))) ||
    (lead && eventId("lead", lead, snake(event))) ||
    `${snake(event)}_${letters()}`;

  const pixel = watchPixel((type, event, properties, event_id) => {
    emit(type, { event, event_id, properties: pick(properties, ([name]) => COMMERCE.test(name)) });
  }, makeId);

  /** Ask for a token, unless there is a fresh one. */
  const ask = (): void => {
    if (!decision.stores || Date.now() < fresh) return;
    fresh = Date.now() + FRESH;
    queue.token = undefined;
    emit("link");
  };

  const mark = watchLinks(link.match(/\S+/g) || [], ask, () => {
    const token = decision.stores && Date.now() < fresh ? queue.token : undefined;
    fresh = 0;
    return token;
  });

  /** Purchases outlive the page, where the visitor allows it. */
  const remember = (): void => {
    if (!decision.stores) return;
    done = { ...recall()?.done, ...done };
    // Kept even when it is empty: a denial on a later page then knows that there was a grant.
    keep({ done: pick(done, ([action, at]) => PURCHASE.test(action) && at > Date.now() - NINETY_DAYS) });
  };

  /** Whether this is the first time: on this page, or, for a purchase, in 90 days. */
  const first = (action: string): boolean => {
    remember();
    if (done[action]! > Date.now() - NINETY_DAYS) return false;
    done[action] = Date.now();
    remember();
    return true;
  };

  const decide = (words: Said): void => {
    const next = read(words);
    const { agreed } = next;
    const now = JSON.stringify(next);
    const before = said;
    if (before && (agreed === undefined || now === before)) return;
    const changed = decision.told || (agreed === false && recall());
    // What was done before goes under the decision of then, unless the new one is a denial.
    if (agreed) queue.sendNow();
    said = now;
    decision = next;
    if (next.told) {
      next.told = { ...(region && { region }), ...next.told, collected_at: Date.now() };
      queue.release(next);
    }
    if (next.stores) {
      click = keepHere(click);
      remember();
      queue.takeOver();
      if (link) ask();
    } else if (next.told) forget();
    pixel.govern(agreed);
    if (changed) emit("consent");
    if (before) queue.sendNow();
  };

  const client: Tandemgate = {
    track(event, properties = {}, { event_id, refs } = {}) {
      const id = event_id || makeId(event, properties, refs);
      if (first(`${event} ${id}`)) {
        emit("track", { event, event_id: id, properties, refs });
        pixel.fire(event, properties, id);
      }
      return id;
    },
    page() {
      const url = clean(location.href);
      if (route && route !== url) referrer = route;
      route = url;
      emit("page");
    },
    identify(user) {
      if (decision.agreed !== false) emit("identify", { user });
    },
    attach(kind, id) {
      emit("attach", { refs: { [kind]: `${id}` } });
      queue.sendNow();
    },
    consent: (words) => (typeof words === "function" ? words(decide) : decide(words)),
    eventId,
    session: () => queue.session,
    link: mark,
  };

  /** The visitor may have moved within a single-page application, or come back to a kept page. */
  const arrive = (back?: unknown): void => {
    click = clickIn(location.href) || click;
    if (!/off|false/.test(pages as string) && (back || clean(location.href) !== route)) client.page();
  };

  decide(consent);
  if (token) emit("link", { token });
  cmp.split(" ").forEach((name) => ADAPTERS[name]?.(decide));
  (["pushState", "replaceState"] as const).forEach((name) => {
    const own = history[name];
    history[name] = function (...state) {
      own.apply(this, state);
      setTimeout(arrive);
    };
  });
  addEventListener("popstate", () => setTimeout(arrive));
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    queue.takeOver();
    arrive(true);
  });
  addEventListener("pagehide", queue.leave);
  addEventListener("visibilitychange", queue.sendNow);
  arrive();
  return client;
};
