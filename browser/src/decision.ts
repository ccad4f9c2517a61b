import type { Consent, Said, Word } from "../t";

/** What holds now: whether events may go, whether this device may keep anything, what is told. */
export interface Decision {
  /** Undefined until somebody decides. */
  agreed?: boolean | undefined;
  stores?: boolean | undefined;
  /** Once somebody decided. */
  told?: Consent | undefined;
}

const word = (said: unknown): Word | undefined =>
  /^(granted|true)$/i.test(said as string)
    ? "GRANTED"
    : /^(denied|false)$/i.test(said as string)
      ? "DENIED"
      : undefined;

/** Read what a page or a consent platform said. Whatever is no clear word is no decision. */
export const read = (said: Said): Decision => {
  const { ad_storage = true, ...told } =
    typeof said === "string" ? { ad_user_data: said, ad_personalization: said } : said;
  const ad_user_data = word(told.ad_user_data);
  const agreed = ad_user_data ? ad_user_data === "GRANTED" : said === "not_required" || undefined;
  return {
    agreed,
    stores: agreed && word(ad_storage) === "GRANTED",
    // What is undefined is left out of the request.
    told: agreed === undefined ? agreed : { ...told, ad_user_data, ad_personalization: word(told.ad_personalization) },
  };
};
