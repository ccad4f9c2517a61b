import type { Options, Reference, Said, Tandemgate } from "../t";
import { ADAPTERS } from "./cmp";
import { type Decision, read } from "./decision";
import { eventId, letters, snake } from "./ids";
import { forget, keep, keepClick, recall, recallClick } from "./memory";
import { clean, clickIn, cookie } from "./page";
import { watchPixel } from "./pixel";
import { type Entry, makeQueue } from "./queue";

type Refs = Partial<Record<Reference, string>>;

const NINETY_DAYS = 90 * 864e5;
const PURCHASE = /^(CompletePayment|Purchase|PlaceAnOrder) /;
// What a Pixel call may hold that is not TikTok's vocabulary stays in the page.
const COMMERCE = /^(value|currency|content\w*|num_items|order_id|quantity|price|status|description)$/;

/** Start the script; *options* are the tag's attributes or the module's arguments. */
export const begin = ({ key, collector, consent = "wait", cmp = "", region, pages = true }: Options): Tandemgate => {
  const queue = makeQueue(`${collector}/v1/collect`, key, letters());
  let done: Record<string, number> = {};
  let decision: Decision;
  let said: string;
  let click = clickIn(location.href) || clickIn(document.referrer);
  let referrer = clean(document.referrer);
  let route = "";

  const decided = () => (decision.gate === "wait" ? undefined : decision.told);

  const emit = (type: string, more: Partial<Entry> = {}): void => {
    const entry: Entry = {
      type,
      at: Date.now(),
      page: { url: clean(location.href), referrer, language: navigator.language },
      ttclid: click || cookie("ttclid"),
      ttp: cookie("_ttp"),
      ...more,
    };
    // A copy, since the page may go on with its objects; what JSON cannot hold is refused here.
    queue.add(JSON.parse(JSON.stringify(entry)), decided());
  };

  /** As the gateway derives it: from the order or lead, so that each side comes to the same id. */
  const makeId = (event: string, { order_id }: { order_id?: string }, { order = order_id, lead }: Refs = {}): string =>
    (order && eventId("ord", order, snake(event))) ||
    (lead && eventId("lead", lead, snake(event))) ||
    `${snake(event)}_${letters()}`;

  const pixel = watchPixel((type, event, properties, event_id) => {
    const commerce = Object.entries(properties).filter(([name]) => COMMERCE.test(name));
    emit(type, { event, event_id, properties: Object.fromEntries(commerce) });
  }, makeId);

  /** Purchases outlive the page, where the visitor allows it. */
  const remember = (): void => {
    if (!decision.stores) return;
    done = { ...recall()?.done, ...done };
    const bought = Object.entries(done).filter(
      ([action, at]) => PURCHASE.test(action) && at > Date.now() - NINETY_DAYS,
    );
    // Kept even when it is empty: a denial on a later page then knows that there was a grant.
    keep({ done: Object.fromEntries(bought) });
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
    const now = JSON.stringify(next);
    if (decision && (next.gate === "wait" || now === said)) return;
    const changed = (decision && decided()) || (next.gate === "denied" && recall());
    // What was done before goes under the decision of then, unless the new one is a denial.
    if (decision && next.gate !== "denied") queue.flush();
    said = now;
    decision = { ...next, told: { ...(region && { region }), ...next.told, collected_at: Date.now() } };
    if (decided()) queue.release(decision);
    if (decision.stores) {
      click ||= recallClick();
      if (click) keepClick(click);
      remember();
      queue.resume();
    } else if (decided()) forget();
    pixel.govern(decision.gate);
    if (changed) emit("consent");
    queue.flush();
  };

  const client: Tandemgate = {
    track(event, properties = {}, { event_id, refs } = {}) {
      const id = event_id || makeId(event, properties, refs);
      if (first(`${event} ${id}`)) {
        emit("track", { event, event_id: id, properties, ...(refs && { refs }) });
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
      if (decision.gate !== "denied") emit("identify", { user });
    },
    attach(kind, id) {
      emit("attach", { refs: { [kind]: `${id}` } });
      queue.flush();
    },
    consent: (words) => (typeof words === "function" ? words(decide) : decide(words)),
    eventId,
    session: () => queue.session,
  };

  /** The visitor may have moved within a single-page application, or come back to a kept page. */
  const arrive = (back?: unknown): void => {
    click = clickIn(location.href) || click;
    if (pages && (back || clean(location.href) !== route)) client.page();
  };

  decide(consent);
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
    if (decision.stores) queue.resume();
    arrive(true);
  });
  addEventListener("pagehide", queue.leave);
  document.addEventListener("visibilitychange", queue.flush);
  arrive();
  return client;
};
