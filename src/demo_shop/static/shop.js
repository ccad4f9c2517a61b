/* Every page of the shop: the banner, the cart's number, and what the page itself does. */
import { askForConsent } from "./consent.js";
import { showCount } from "./cart.js";
import { PAGES } from "./steps.js";

askForConsent();
showCount();
PAGES[document.body.dataset.page]?.();
