import { attempt } from "./attempt";

const CLICK = "ttclid";

export interface Page {
  url: string;
  referrer: string;
  language: string;
}

const parsed = (address: string): URL | undefined => attempt(() => new URL(address));

/** *address* without its fragment and without every parameter but `utm_*` and, last, `ttclid`. */
export const clean = (address: string): string => {
  const url = parsed(address);
  if (!url) return "";
  // In this order the click comes last, where a denial cuts it off.
  const kept = [...url.searchParams].filter(([name]) => /^(ttclid|utm_\w+)$/.test(name)).sort().reverse();
  return url.origin + url.pathname + (kept[0] ? `?${new URLSearchParams(kept)}` : "");
};

/** The click id that *address* carries, if it is one of this host. */
export const clickIn = (address: string): string | undefined => {
  const url = parsed(address);
  return (url?.host === location.host && url.searchParams.get(CLICK)) || undefined;
};

/** A cookie that the page can read; the script writes none. */
export const cookie = (name: string): string | undefined =>
  document.cookie.match(`(?:^|; )${name}=([^;]+)`)?.[1];
