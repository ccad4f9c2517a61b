import { attempt } from "./attempt";
import type { Said } from "../t";

/** Consent platforms. Each adapter tells `decide` what the visitor said, now and whenever it changes. */

type Decide = (said: Said) => void;
type Words = Partial<Record<string, string>>;

const page = window as unknown as {
  dataLayer?: unknown[];
  __tcfapi?: (command: string, version: number, hear: (data: Tcf, ok: boolean) => void) => void;
  Shopify?: { customerPrivacy?: ShopifyPrivacy };
};

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
    const [command, kind, said] = Array.from((entry || []) as ArrayLike<unknown>) as [unknown, unknown, Words];
    if (command !== "consent") return;
    if (kind === "update") open = true;
    else if (said.ad_user_data !== "granted" || said.region || said.wait_for_update) open = false;
    words = { ...words, ...said };
    // The page may state several defaults in a row; only all of them together mean something.
    queueMicrotask(settle);
  };
  const layer = (page.dataLayer ||= []);
  const push = layer.push;
  const hearAll = (entries: unknown[]): void => entries.forEach((entry) => attempt(() => hear(entry)));
  hearAll(layer);
  layer.push = (...entries) => {
    hearAll(entries);
    return push.apply(layer, entries);
  };
};

/** IAB Europe's TCF 2.2: purposes 1 and 7 let data be used, 3 and 4 personalize. */
const tcf = (decide: Decide): void =>
  whenThere(
    () => page.__tcfapi,
    (api) =>
      api("addEventListener", 2, ({ eventStatus, gdprApplies, tcString, cmpId, cmpVersion, purpose }, ok) => {
        if (!ok || (eventStatus !== "tcloaded" && eventStatus !== "useractioncomplete")) return;
        if (gdprApplies === false) return decide("not_required");
        const agreed = (...purposes: number[]) => purposes.every((one) => purpose?.consents?.[one]);
        decide({
          cmp: `tcf ${cmpId}`,
          cmp_version: `${cmpVersion}`,
          tc_string: tcString as string,
          ad_user_data: agreed(1, 7),
          ad_personalization: agreed(3, 4),
        });
      }),
  );

/** Shopify's Customer Privacy: marketing is the consent, sale of data the opt-out. */
const shopify = (decide: Decide): void =>
  whenThere(
    () => page.Shopify?.customerPrivacy,
    (privacy) => {
      const tell = (): void => {
        const { marketing, sale_of_data } = privacy.currentVisitorConsent();
        if (!marketing) return privacy.shouldShowBanner() ? undefined : decide("not_required");
        const agreed = marketing === "yes";
        decide({
          cmp: "shopify",
          ad_user_data: agreed,
          ad_personalization: agreed,
          opt_out: sale_of_data === "no",
        });
      };
      document.addEventListener("visitorConsentCollected", tell);
      tell();
    },
  );

export const ADAPTERS: Record<string, ((decide: Decide) => void) | undefined> = { google, tcf, shopify };
