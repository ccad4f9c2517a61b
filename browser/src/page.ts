const CLICK = "ttclid";
const KEPT = /^utm_\w+$/;

export interface Page {
  url: string;
  referrer: string;
  language: string;
}

const parsed = (address: string): URL | undefined => {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
};

/** *address* without its fragment and without every parameter but `utm_*` and, last, `ttclid`. */
export const clean = (address: string): string => {
  const url = parsed(address);
  if (!url) return "";
  const kept = new URLSearchParams();
  url.searchParams.forEach((value, name) => KEPT.test(name) && kept.append(name, value));
  const click = url.searchParams.get(CLICK);
  if (click) kept.set(CLICK, click);
  const query = kept.toString();
  return url.origin + url.pathname + (query && `?${query}`);
};

/** The click id that *address* carries, if it is one of this host. */
export const clickIn = (address: string): string | undefined => {
  const url = parsed(address);
  return (url?.host === location.host && url.searchParams.get(CLICK)) || undefined;
};

/** A cookie that the page can read; the script writes none. */
export const cookie = (name: string): string | undefined => {
  const found = document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
  try {
    return found && decodeURIComponent(found);
  } catch {
    return found;
  }
};
