import type { Options } from "../t";
import { warn } from "./attempt";
import { install } from "./install";

/** `t.js`: reads its own tag's attributes. */

const { dataset, src } = document.currentScript as HTMLScriptElement;
const options = { ...dataset, collector: new URL(src).origin } as unknown as Options;
const run = () => install(options);

// A page that is drawn in advance is not visited yet.
if (!options.key) warn("the tag lacks data-key");
else if ((document as { prerendering?: boolean }).prerendering) {
  document.addEventListener("prerenderingchange", run);
} else run();
