import type { Options, Said, Tandemgate } from "../t";
import { ADAPTERS } from "./cmp";
import { type Decision, read } from "./decision";
import { eventId, letters, snake } from "./ids";
import { forget, keep, keepClick, recall, recallClick } from "./memory";
import { clean, clickIn, cookie } from "./page";
import { watchPixel } from "./pixel";
import { watchRoutes } from "./routes";
import { type Entry, makeTransport } from "./transport";

const BATCH = 10;
const SOON = 250;
const MOST_WAITING = 50;
const NINETY_DAYS = 90 * 864e5;
const PURCHASE = /^(CompletePayment|Purchase|PlaceAnOrder)$/;
// What a Pixel call may hold that is not TikTok's vocabulary stays in the page.
const COMMERCE =
  /^(value|currency|contents|content_(type|ids?|name|category)|num_items|order_id|quantity|price|status|description)$/;

/** Start the script; *options* are the tag's attributes or the module's arguments. */
export const begin = ({ key, collector, consent = "wait", cmp = "", region, pages = true }: Options): Tandemgate => {
  let decision: Decision = read(consent);
  let pending: Entry[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let click = clickIn(location.href) || clickIn(document.referrer);
  let route = "";
  let from = clean(document.referrer);
  const seen = new Set<string>();

  const transport = makeTransport(`${collector}/v1/collect`, key, letters(), () => decision.stores);

  const told = () => ({ ...(region && { region }), ...decision.told });

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (decision.gate === "wait") return;
    while (pending[0]) {
      const events = pending.splice(0, BATCH);
      events.forEach((event) => (event.ttp ||= cookie("_ttp")));
      transport.send({ at: Date.now(), consent: told(), cookie: decision.stores, events });
    }
  };

  const emit = (type: string, more: Partial<Entry> = {}): void => {
    const url = clean(location.href);
    pending.push({
      type,
      at: Date.now(),
      page: { url, referrer: from, language: navigator.language },
      ttclid: click || cookie("ttclid"),
      ...more,
    });
    if (decision.gate === "wait") pending.splice(0, pending.length - MOST_WAITING);
    else if (pending.length >= BATCH) flush();
    else timer ||= setTimeout(flush, SOON);
  };

  const makeId = (event: string, properties: object): string => {
    const order = (properties as { order_id?: string }).order_id;
    return (order && eventId("ord", order, snake(event))) || `${snake(event)}_${letters()}`;
  };

  const pixel = watchPixel((event, properties, event_id) => {
    const commerce = Object.fromEntries(
      Object.entries(properties).filter(([name]) => COMMERCE.test(name)),
    );
    emit("pixel", { event, event_id, properties: commerce });
  }, makeId);

  /** Whether this action was reported before: on this page, or, for a purchase, in 90 days. */
  const repeated = (event: string, id: string): boolean => {
    const action = `${event} ${id}`;
    const done = recall()?.done || {};
    if (seen.has(action) || (done[action] as number) > Date.now() - NINETY_DAYS) return true;
    seen.add(action);
    return false;
  };

  const remember = (event: string, id: string): void => {
    if (!decision.stores || !PURCHASE.test(event)) return;
    const young = Object.entries(recall()?.done || {}).filter(([, at]) => at > Date.now() - NINETY_DAYS);
    keep({ done: { ...Object.fromEntries(young), [`${event} ${id}`]: Date.now() } });
  };

  /** What a decision entails beyond itself. */
  const enter = (): void => {
    if (decision.gate === "denied") {
      pending = pending.filter((event) => event.type !== "identify");
      transport.tighten(told());
    }
    if (decision.stores) {
      click ||= recallClick();
      if (click) keepClick(click);
      pending.forEach(({ type, event, event_id }) => type === "track" && remember(event!, event_id!));
      transport.resume();
    } else if (decision.gate !== "wait") forget();
    pixel.govern(decision.gate);
  };

  const decide = (said: Said): void => {
    const next = read(said);
    if (next.gate === "wait" || JSON.stringify(next.told) === JSON.stringify({ ...decision.told, collected_at: undefined })) return;
    const before = decision.gate;
    const now = Date.now();
    // What was done under a looser decision is not sent under a stricter one, nor the other way round.
    if (next.gate !== "denied") flush();
    if (before === "wait") pending.forEach((event) => (event.decided_after_ms = now - event.at));
    const kept = recall();
    decision = { ...next, told: { ...next.told, collected_at: now } };
    enter();
    if (before !== "wait" || kept) emit("consent");
    flush();
  };

  const client: Tandemgate = {
    track(event, properties = {}, { event_id, refs } = {}) {
      const id = event_id || makeId(event, properties);
      if (repeated(event, id)) return id;
      emit("track", { event, event_id: id, properties, ...(refs && { refs }) });
      remember(event, id);
      pixel.fire(event, properties, id);
      return id;
    },
    page() {
      const url = clean(location.href);
      if (route) from = route;
      route = url;
      emit("page");
    },
    identify(user) {
      if (decision.gate !== "denied") emit("identify", { user });
    },
    attach(kind, id) {
      emit("attach", { refs: { [kind]: `${id}` } });
      flush();
    },
    consent: (said) => (typeof said === "function" ? said(decide) : decide(said)),
    eventId,
    session: () => transport.session,
  };

  enter();
  cmp.split(" ").forEach((name) => ADAPTERS[name]?.(decide));
  watchRoutes((back) => {
    click = clickIn(location.href) || click;
    if (back) transport.resume();
    if (pages && (back || clean(location.href) !== route)) client.page();
  });
  addEventListener("pagehide", () => {
    flush();
    transport.leave();
  });
  document.addEventListener("visibilitychange", flush);
  if (pages) client.page();
  return client;
};
