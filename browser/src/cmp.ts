import { attempt, page } from "./attempt";
import type { Said } from "../t";

/** Consent platforms. Each adapter tells `decide` what the visitor said, now and whenever it changes. */

type Decide = (said: Said) => void;
type Words = Partial<Record<string, string>>;

type Tcfapi = (command: string, version: number, hear: (data: Tcf, ok: boolean) => void) => void;

interface Tcf {
  eventStatus?: string;
  gdprApplies?: boolean;
  tcString?: string;
  cmpId?: number;
  cmpVersion?: number;
  purpose?: { consents?: Record<number, boolean> };
}

interface ShopifyPrivacy {
  currentVisitorConsent(): { marketing?: string; sale_of_data?: string };
  shouldShowBanner(): boolean;
}

const EVERY = 200;
const TIMES = 50;

/** Hand over what *find* finds, as soon as it is there; give up after ten seconds. */
const whenThere = <T>(find: () => T | undefined, use: (found: T) => void, times = TIMES): void => {
  const found = find();
  if (found) use(found);
  else if (times) setTimeout(whenThere, EVERY, find, use, times - 1);
};

/**
 * Google Consent Mode v2: `gtag("consent", "default" | "update", …)` in the dataLayer. A default that
 * denies, waits or holds for some regions only is no decision; the visitor's is the update.
 */
const google = (decide: Decide): void => {
  let open = true;
  let words: Words = {};
  const settle = (): void => {
    const { ad_user_data, ad_personalization, ad_storage } = words;
    if (open) decide({ cmp: "google", ad_user_data, ad_personalization, ad_storage });
  };
  const hear = (entry: unknown): void => {
    // What gtag pushes is its arguments, as iterable as an array; whatever is not has nothing to say.
    const [command, kind, said] = entry as [unknown, unknown, Words];
    if (command !== "consent") return;
    open =
      kind === "update" ||
      (open && said.ad_user_data === "granted" && !said.region && !said.wait_for_update);
    words = { ...words, ...said };
    // The page may state several defaults in a row; only all of them together mean something.
    queueMicrotask(settle);
  };
  const layer = (page.dataLayer ||= []) as unknown[];
  const push = layer.push;
  const hearAll = (entries: unknown[]): void => entries.forEach((entry) => attempt(() => hear(entry)));
  hearAll(layer);
  layer.push = (...entries) => (hearAll(entries), push.apply(layer, entries));
};

/** IAB Europe's TCF 2.2: purposes 1 and 7 let data be used. All else the gateway reads in the string. */
const tcf = (decide: Decide): void =>
  whenThere(
    () => page.__tcfapi as Tcfapi | undefined,
    (api) =>
      api("addEventListener", 2, (data, ok) => {
        if (!ok || !/loaded|complete/.test(data.eventStatus as string)) return;
        decide(
          data.gdprApplies === false
            ? "not_required"
            : {
                tc_string: data.tcString as string,
                ad_user_data: [1, 7].every((one) => data.purpose?.consents?.[one]),
              },
        );
      }),
  );

/** Shopify's Customer Privacy: marketing is the consent, sale of data the opt-out. */
const shopify = (decide: Decide): void =>
  whenThere(
    () => (page.Shopify as { customerPrivacy?: ShopifyPrivacy } | undefined)?.customerPrivacy,
    (privacy) => {
      const tell = (): void => {
        const { marketing, sale_of_data } = privacy.currentVisitorConsent();
        const agreed = marketing === "yes";
        if (marketing) {
          decide({
            cmp: "shopify",
            ad_user_data: agreed,
            ad_personalization: agreed,
            opt_out: sale_of_data === "no",
          });
        } else if (!privacy.shouldShowBanner()) decide("not_required");
      };
      document.addEventListener("visitorConsentCollected", tell);
      tell();
    },
  );

export const ADAPTERS: Record<string, ((decide: Decide) => void) | undefined> = { google, tcf, shopify };
