/* The cart lives in this browser until it is ordered: no server knows of it, so it needs no cookie. */
const NAME = "cart";

const goods = fetch("/goods.json").then((answer) => answer.json());
const read = () => JSON.parse(localStorage.getItem(NAME) || "{}");

const write = (cart) => {
  localStorage.setItem(NAME, JSON.stringify(cart));
  showCount();
};

export const money = (cents) => `${(cents / 100).toFixed(2)} €`;

export const showCount = () => {
  const count = Object.values(read()).reduce((sum, quantity) => sum + quantity, 0);
  document.getElementById("count").textContent = count;
};

/** Put one more, or with -1 one less, of a product into the cart. */
export const change = (id, by) => {
  const cart = read();
  cart[id] = (cart[id] || 0) + by;
  if (cart[id] < 1) delete cart[id];
  write(cart);
};

export const empty = () => write({});

/** What is in it: products with their quantities. */
export const lines = async () =>
  (await goods).flatMap((one) => (read()[one.content_id] ? [{ ...one, quantity: read()[one.content_id] }] : []));

export const product = async (id) => (await goods).find((one) => one.content_id === id);

/** Products in the words of TikTok. */
export const asProperties = (some) => ({
  content_type: "product",
  currency: "EUR",
  value: some.reduce((sum, { price, quantity }) => sum + price * quantity, 0) / 100,
  contents: some.map(({ content_id, name, price, quantity }) => ({
    content_id, content_name: name, quantity, price: price / 100,
  })),
});

/** Draw the cart, with buttons to change it if *draw* is given again. */
export const show = async (changed) => {
  const some = await lines();
  const list = document.getElementById("lines");
  list.replaceChildren(...some.map((one) => line(one, changed)));
  document.getElementById("total").textContent = money(some.reduce((sum, one) => sum + one.price * one.quantity, 0));
  return some;
};

const line = ({ content_id, slug, name, price, quantity }, changed) => {
  const row = document.createElement("li");
  const picture = Object.assign(new Image(64, 64), { src: `/static/${slug}.svg`, alt: "" });
  const words = document.createElement("span");
  words.textContent = name;
  const amount = document.createElement("span");
  amount.className = "amount";
  if (changed) amount.append(button("−", `one ${name} less`, () => (change(content_id, -1), changed())));
  amount.append(changed ? ` ${quantity} ` : `${quantity} ×`);
  if (changed) amount.append(button("+", `one ${name} more`, () => (change(content_id, 1), changed())));
  const sum = document.createElement("span");
  sum.className = "price";
  sum.textContent = money(price * quantity);
  row.append(picture, words, amount, sum);
  return row;
};

const button = (sign, label, act) => {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: sign, className: "step" });
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
};
