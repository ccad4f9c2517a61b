import type { Options } from "../t";
import { install } from "./install";

/** `t.js`: reads its own tag's attributes. */

const tag = document.currentScript as HTMLScriptElement;
const { key, consent, cmp, region, pages } = tag.dataset;
const collector = new URL(tag.src).origin;
const run = () => install({ key, collector, consent, cmp, region, pages: pages !== "off" } as Options);

// A page that is drawn in advance is not visited yet.
if (!key) console.warn("tandemgate: the tag lacks data-key");
else if ((document as { prerendering?: boolean }).prerendering) {
  document.addEventListener("prerenderingchange", run, { once: true });
} else run();
