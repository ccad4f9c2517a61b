/* The consent banner. What the visitor chose is all that this shop keeps without asking, beside the cart. */
const NAME = "consent";
const CHOICES = {
  all: { words: "accepted all", agreed: true },
  necessary: { words: "only necessary", agreed: false },
};
const PIXELS_COOKIES = ["_ttp", "ttclid"];

const banner = document.getElementById("consent");
const shown = document.getElementById("choice");

/** Tell the gateway's script and TikTok's Pixel, also where one of them is blocked, and let the Pixel in or not. */
const follow = ({ words, agreed }) => {
  shown.textContent = words;
  tg("consent", { ad_user_data: agreed, ad_personalization: agreed, cmp: "tandem-goods" });
  if (agreed) {
    ttq.enableCookie();
    ttq.grantConsent();
    return loadPixel();
  }
  ttq.revokeConsent();
  ttq.disableCookie();
  for (const cookie of PIXELS_COOKIES) document.cookie = `${cookie}=; path=/; max-age=0`;
};

export const askForConsent = () => {
  const chosen = CHOICES[localStorage.getItem(NAME)];
  if (chosen) follow(chosen);
  else banner.hidden = false;
  document.getElementById("choose").addEventListener("click", () => {
    banner.hidden = false;
    banner.querySelector("button").focus();
  });
  banner.addEventListener("click", ({ target }) => {
    const choice = target.dataset.choice;
    if (!choice) return;
    localStorage.setItem(NAME, choice);
    banner.hidden = true;
    follow(CHOICES[choice]);
  });
};
