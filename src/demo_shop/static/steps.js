/* What each page tells TikTok, by one call that fires the Pixel and gives the gateway the same event. */
import { asProperties, change, empty, lines, money, product, show } from "./cart.js";

const SOON = 1000;

/** Wait for the gateway's script, but not for long: nobody's checkout depends on it. */
const scriptOrSoon = async () => {
  const end = Date.now() + SOON;
  while (!tg.client && Date.now() < end) await new Promise((go) => setTimeout(go, 20));
};

const onProduct = async () => {
  const id = document.querySelector("[data-content]").dataset.content;
  const seen = asProperties([{ ...(await product(id)), quantity: 1 }]);
  tg("track", "ViewContent", seen);
  const add = document.getElementById("add");
  add.addEventListener("click", () => {
    change(id, 1);
    tg("track", "AddToCart", seen);
    document.getElementById("to-cart").hidden = false;
  });
  // A click that comes before anybody hears it would be a product that is not in the cart.
  add.disabled = false;
};

const onCart = async () => {
  const some = await show(onCart);
  document.getElementById("cart").hidden = !some.length;
  document.getElementById("empty").hidden = some.length > 0;
};

const onCheckout = async () => {
  const some = await show();
  if (some.length) tg("track", "InitiateCheckout", asProperties(some));
  const form = document.getElementById("checkout");
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    order(form);
  });
};

const place = (order) =>
  fetch("/orders", { method: "POST", body: JSON.stringify(order) })
    .then((answer) => answer.json())
    .catch(() => ({ field: "lines", says: "the shop does not answer; the demo may have ended" }));

/** Place the order, bind this visit to it, and go to another company's page to pay. */
const order = async (form) => {
  const button = form.querySelector("button.primary");
  button.disabled = true;
  const cart = (await lines()).map(({ content_id, quantity }) => ({ content_id, quantity }));
  const told = await place({ email: form.email.value, phone: form.phone.value, lines: cart });
  for (const error of form.querySelectorAll(".error")) error.textContent = "";
  if (!told.pay) {
    button.disabled = false;
    document.getElementById(`${told.field}-error`).textContent = told.says;
    return form[told.field]?.focus();
  }
  empty();
  await scriptOrSoon();
  tg("attach", "order", told.order);
  location.href = told.pay;
};

const onThanks = async () => {
  const { order: number } = document.querySelector("[data-order]").dataset;
  const bought = await (await fetch(`/orders/${number}`)).json();
  document.getElementById("total").textContent = money(Math.round(bought.value * 100));
  tg("track", "CompletePayment", bought);
};

export const PAGES = { product: onProduct, cart: onCart, checkout: onCheckout, thanks: onThanks };
