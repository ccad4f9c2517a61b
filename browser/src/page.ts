import { attempt } from "./attempt";

const CLICK = "ttclid";

export interface Page {
  url: string;
  referrer: string;
}

const parsed = (address: string): URL | undefined => attempt(() => new URL(address));

/** *address* without its fragment and without every parameter but `utm_*`. */
export const clean = (address: string): string => {
  const url = parsed(address);
  if (!url) return "";
  const kept = new URLSearchParams([...url.searchParams].filter(([name]) => /^utm_\w+$/.test(name)));
  return `${url.origin}${url.pathname}?${kept}`.replace(/\?$/, "");
};

/** The click id that *address* carries, if it is one of this host. */
export const clickIn = (address: string): string | undefined => {
  const url = parsed(address);
  return (url?.host === location.host && url.searchParams.get(CLICK)) || undefined;
};

/** A cookie that the page can read; the script writes none. */
export const cookie = (name: string): string | undefined =>
  document.cookie.match(`(?:^|; )${name}=([^;]+)`)?.[1];
