import { attempt } from "./attempt";

/** Links and forms to other hosts take a token along, by which the gateway knows the visit there. */

const TOKEN = /([?&#])tg_(link|test)=([\w.-]*)&?/;

/** What gives the token for a link, where there is one. */
type Spend = () => string | undefined;

/** *address* with a token, or without any; all else stays as it was written. */
const mark = (address: string, spend?: Spend, part: "search" | "hash" = "search"): string => {
  const url = new URL(address.replace(TOKEN, "$1").replace(/[?&#](#|$)/, "$1"));
  const token = spend?.();
  if (token) url[part] += `${url[part] && "&"}tg_link=${token}`;
  return url.href;
};

/**
 * The token of the link that led here, or the ticket of the test's. It leaves the address, which is
 * kept, shared and looked at by others.
 */
export const arrivedBy = (): { link?: string; test?: string } => {
  const [, , kind, token] = location.href.match(TOKEN) || [];
  if (token) history.replaceState(history.state, "", mark(location.href));
  return { [kind!]: token };
};

/**
 * Watch for ways to one of *hosts*. *near* hears that one may soon be taken; nothing waits for a
 * token. Return what marks an address that a script goes to.
 */
export const watchLinks = (hosts: string[], near: () => void, spend: Spend): ((address: string) => string) => {
  /** *address* in full, if it leads to another of the hosts. */
  const leads = (address: string): string | undefined => {
    const { href, hostname } = new URL(address, location.href);
    return hosts.includes(hostname) && hostname !== location.hostname ? href : undefined;
  };

  const see = (type: string, way: HTMLFormElement): void => {
    const name = way.action ? "action" : "href";
    const address = leads(way.getAttribute(name)!);
    if (!address) return;
    if (/over|in/.test(type)) near();
    else if (/click/.test(type) === (name === "href")) {
      // What a form sends by GET takes the place of its address's own parameters.
      way.setAttribute(name, mark(address, spend, way.method === "get" ? "hash" : "search"));
    }
  };

  if (hosts[0]) {
    ["pointerover", "focusin", "click", "auxclick", "submit"].forEach((type) =>
      addEventListener(
        type,
        (event) => event.composedPath().forEach((one) => attempt(() => see(type, one as HTMLFormElement))),
        true,
      ),
    );
  }
  return (address) => attempt(() => mark(leads(address)!, spend)) || address;
};
