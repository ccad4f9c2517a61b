import type { Options, Tandemgate } from "../t";
import { begin } from "./client";

/** `t.js`: reads its own tag's attributes, answers what was queued, and becomes `window.tg`. */

type Call = [method: keyof Tandemgate, ...rest: never[]];
type Tg = { (...call: Call): unknown; q?: ArrayLike<unknown>[]; on?: boolean };

const page = window as unknown as { tg?: Tg };
const tag = document.currentScript as HTMLScriptElement | null;

const run = (): void => {
  const queued = page.tg?.q || [];
  const { key, consent, cmp, region, pages } = tag!.dataset;
  const client = begin({
    key,
    consent,
    cmp,
    region,
    collector: new URL(tag!.src).origin,
    pages: pages !== "off",
  } as Options);
  const tg: Tg = (method, ...rest) => {
    try {
      return (client[method] as (...given: never[]) => unknown)(...rest);
    } catch {
      // A report that cannot be made is no reason to break the shop.
      console.warn(`tandemgate: tg("${method}") failed`);
    }
  };
  tg.on = true;
  page.tg = tg;
  Array.from(queued).forEach((call) => tg(...(Array.from(call) as Call)));
};

// A page that is drawn in advance is not visited yet; a second copy has nothing to do.
if (tag?.dataset.key && !page.tg?.on) {
  if ((document as { prerendering?: boolean }).prerendering) {
    document.addEventListener("prerenderingchange", run, { once: true });
  } else run();
}
