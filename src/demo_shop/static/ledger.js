/* Behind the counter: asks the shop's backend each second, which asks the gateway and TikTok. */
const EVERY = 1000;
const SHORT = { email: "em", phone: "ph", external_id: "id", ttclid: "cl", ttp: "tp", ip: "ip", user_agent: "ua" };
const STATES = {
  DELIVERED: ["good", "delivered"], QUEUED: ["busy", "queued"], SENDING: ["busy", "sending"],
  RETRY: ["busy", "retrying"], HELD: ["busy", "held"], SUPPRESSED: ["bad", "suppressed"],
  EVIDENCE: ["", "seen in the browser"],
};
const PAIRS = {
  paired: ["good", "paired"], server_only: ["", "server only"], browser_only: ["busy", "browser only"],
};
const WHY = {
  consent_missing: "The visitor has not decided, so nothing may leave.",
  no_match_keys_left: "Without what was denied nothing is left to match, so nothing leaves at all.",
};
const FIELDS = { sent: ["good", "sent"], suppressed: ["bad", "kept back"], invalid: ["bad", "invalid"] };
const CONSENT = { GRANTED: ["good", "granted"], DENIED: ["bad", "denied"] };

const find = (id) => document.getElementById(id);

/** An element with classes, and texts or elements in it. */
const make = (name, classes = "", ...inside) => {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  made.append(...inside);
  return made;
};

const chip = (table, word, prefix = "") => {
  const [look, words] = table[word] || ["", String(word).toLowerCase().replaceAll("_", " ")];
  return make("span", `chip ${look}`, prefix + words);
};

const time = (at) => make("span", "time", new Date(at).toLocaleTimeString("en-GB"));

const consentOf = (word) => (word ? chip(CONSENT, word) : make("span", "chip", "no answer"));

const keysOf = (keys) =>
  make("span", "keys wide", ...Object.entries(SHORT).map(([name, short]) => {
    const key = make("span", `key ${keys[name] || "missing"}`, short);
    key.title = `${name}: ${keys[name] || "missing"}`;
    return key;
  }));

/** What TikTok has of one action, in a sentence. */
const copies = ({ pixel, server, counted }) => {
  const times = counted === 1 ? "once" : `${counted} times`;
  if (pixel && server) return `TikTok got the Pixel's copy and the gateway's, and counts them ${times}.`;
  if (pixel || server) return `TikTok got ${server ? "the gateway's" : "the Pixel's"} copy alone, and counts it ${times}.`;
  return "TikTok got nothing.";
};

/** How it went, in short. */
const brief = ({ returned, tiktok: { pixel, server, counted } }) =>
  `${returned ? "The buyer came back" : "The buyer never came back"}. Pixel ${pixel} + gateway ${server} → counted ${counted}.`;

/** What stayed here has no pair, and what only the browser told of no decision yet. */
const status = (state, pair, consent) =>
  make("span", "chips",
    ...(state === "SUPPRESSED" ? [] : [chip(PAIRS, pair)]), ...(state === "EVIDENCE" ? [] : [consentOf(consent)]));

const orderRow = (order) => {
  const parts = [
    time(order.paid_at * 1000),
    make("span", "what", make("b", "", `Order ${order.number}`), `${order.value.toFixed(2)} €`),
    make("span", "wide small", brief(order)),
  ];
  if (!order.event) return make("div", "row", ...parts, make("span", "chip busy", order.reported ? "reported" : "on its way"));
  const { state, pair, consent } = order.event;
  const summary = make("summary", "row", ...parts, chip(STATES, state), status(state, pair, consent));
  return make("details", "", summary, detail(order.event));
};

const shortened = (wire) => (/^[0-9a-f]{64}$/.test(wire) ? `SHA-256 ${wire.slice(0, 16)}…` : wire);

const fieldRow = ({ name, status: how, origin, wire }) =>
  make("tr", "", make("td", "", name), make("td", "", chip(FIELDS, how)),
    make("td", "", origin), make("td", "", make("code", "", shortened(wire) || "nothing")));

const detail = (event) => {
  const parts = [make("p", "", explain(event))];
  if (event.fields.length) {
    const head = make("tr", "", ...["field", "", "where it came from", "what TikTok got"].map((word) => make("th", "", word)));
    parts.push(make("table", "", make("thead", "", head), make("tbody", "", ...event.fields.map(fieldRow))));
  }
  return make("div", "detail", ...parts);
};

const explain = (event) => {
  const said = [`Told by ${event.source}. ${copies(event.tiktok)}`];
  if (event.pair !== "paired" && event.state !== "SUPPRESSED") said.push(event.meaning);
  if (event.reason) said.push(WHY[event.reason] || `Reason: ${event.reason}.`);
  const kept = event.fields.filter(({ status: how }) => how === "suppressed").map(({ name }) => name);
  if (kept.length) said.push(`Denied, so these stayed here: ${kept.join(", ")}.`);
  if (event.policy) said.push(`Decided by policy ${event.policy}.`);
  return said.join(" ");
};

const eventRow = (event) =>
  make("details", "",
    make("summary", "row", time(event.at),
      make("span", "what", make("b", "", event.event), make("code", "", event.event_id)),
      keysOf(event.keys), chip(STATES, event.state), status(event.state, event.pair, event.consent)),
    detail(event));

/** Draw *items* into *list*; what did not change stays as it is, also whether it is open. */
const draw = (list, items, name, row) => {
  const before = new Map([...list.children].map((one) => [one.dataset.id, one]));
  const after = items.map((item) => {
    const text = JSON.stringify(item);
    const old = before.get(item[name]);
    if (old?.text === text) return old;
    const made = make("li", "", row(item));
    Object.assign(made, { text }).dataset.id = item[name];
    const kept = old?.querySelector("details"), fresh = made.querySelector("details");
    if (kept && fresh) fresh.open = kept.open;
    return made;
  });
  if (after.some((one, place) => list.children[place] !== one) || list.children.length !== after.length) list.replaceChildren(...after);
};

let opened;

/** What was just paid is what one came to see. */
const openNewest = (order) => {
  if (!order?.event || order.number === opened) return;
  opened = order.number;
  [...find("orders").querySelectorAll("details")].forEach((one, place) => { one.open = place === 0; });
};

const verdict = ({ paid, purchases }, orders) => {
  if (!paid) return "Nothing is paid yet. Whatever you do in the shop shows up here within seconds.";
  const kept = orders.filter(({ event }) => event?.state === "SUPPRESSED").length;
  const counted = `${paid} ${paid === 1 ? "order" : "orders"} paid, ${purchases} counted by TikTok`;
  if (purchases + kept < paid) return `${counted}. The rest is on its way.`;
  if (kept) return `${counted}. ${kept} never left, since the visitor had not agreed: as it must be.`;
  return `${counted}: each once, however many copies TikTok got.`;
};

const show = ({ orders, events, totals }) => {
  for (const figure of document.querySelectorAll("[data-total]")) figure.textContent = totals[figure.dataset.total];
  for (const order of orders) {
    order.event = events.find((event) => event.event_id === order.event_id && event.state !== "EVIDENCE");
  }
  draw(find("orders"), orders, "number", orderRow);
  openNewest(orders[0]);
  find("verdict").textContent = verdict(totals, orders);
  draw(find("events"), events, "id", eventRow);
  find("no-orders").hidden = orders.length > 0;
  find("no-events").hidden = events.length > 0;
};

const look = async () => {
  const answer = await fetch("/ledger.json").then((one) => one.json()).catch(() => ({ trouble: "the shop does not answer; the demo may have ended" }));
  find("trouble").textContent = answer.trouble || "";
  find("trouble").hidden = !answer.trouble;
  find("live").textContent = answer.trouble ? "stale" : "live";
  find("live").className = answer.trouble ? "stale" : "";
  if (!answer.trouble) show(answer);
  setTimeout(look, EVERY);
};

look();
