import type { Consent, Said, Word } from "../t";

export type Gate = "wait" | "granted" | "denied";

/** What holds now: whether events may go, whether this device may keep anything, what is told. */
export interface Decision {
  gate: Gate;
  stores: boolean;
  told: Consent;
}

const word = (said: unknown): Word | undefined => {
  const text = said === true ? "GRANTED" : said === false ? "DENIED" : String(said).toUpperCase();
  return text === "GRANTED" || text === "DENIED" ? text : undefined;
};

/** Read what a page or a consent platform said. Whatever is no clear word is no decision. */
export const read = (said: Said): Decision => {
  const open = said === "not_required";
  const {
    ad_user_data,
    ad_personalization,
    ad_storage = true,
    ...told
  } = typeof said === "string" ? { ad_user_data: said, ad_personalization: said } : said;
  const data = word(ad_user_data);
  const personal = word(ad_personalization);
  const gate = data === "DENIED" ? "denied" : data || open ? "granted" : "wait";
  return {
    gate,
    stores: gate === "granted" && word(ad_storage) === "GRANTED",
    told: {
      ...told,
      ...(data && { ad_user_data: data }),
      ...(personal && { ad_personalization: personal }),
    },
  };
};
