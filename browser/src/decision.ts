import type { Consent, Said, Word } from "../t";

/** What holds now: whether events may go, whether this device may keep anything, what is told. */
export interface Decision {
  gate: "wait" | "granted" | "denied";
  stores: boolean;
  told: Consent;
}

const word = (said: unknown): Word | undefined =>
  /^(granted|true)$/i.test(`${said}`) ? "GRANTED" : /^(denied|false)$/i.test(`${said}`) ? "DENIED" : undefined;

/** Read what a page or a consent platform said. Whatever is no clear word is no decision. */
export const read = (said: Said): Decision => {
  const { ad_storage = true, ...told } =
    typeof said === "string" ? { ad_user_data: said, ad_personalization: said } : said;
  const ad_user_data = word(told.ad_user_data);
  const gate =
    ad_user_data === "DENIED" ? "denied" : ad_user_data || said === "not_required" ? "granted" : "wait";
  return {
    gate,
    stores: gate === "granted" && word(ad_storage) === "GRANTED",
    // What is undefined is left out of the request.
    told: { ...told, ad_user_data, ad_personalization: word(told.ad_personalization) },
  };
};
