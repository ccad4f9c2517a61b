/* What stands in every page's head, as a file: the policy of this shop lets no inline script run.
 * Calls wait in two queues, one for the gateway's script and one for TikTok's Pixel. The Pixel is held
 * from the first moment on, and loaded only once the visitor agrees, since loading alone tells TikTok. */
(() => {
  const { pixel, tiktok } = document.currentScript.dataset;
  window.tg = window.tg || function () { (tg.q = tg.q || []).push(arguments); };

  window.TiktokAnalyticsObject = "ttq";
  const queue = (window.ttq = window.ttq || []);
  const methods = [
    "page", "track", "identify", "holdConsent", "grantConsent", "revokeConsent", "enableCookie", "disableCookie",
  ];
  for (const method of methods) queue[method] = (...given) => { queue.push([method, ...given]); };
  queue.holdConsent();

  window.loadPixel = () => {
    if (document.getElementById("pixel")) return;
    queue.page();
    const script = document.createElement("script");
    script.id = "pixel";
    script.async = true;
    script.src = `${tiktok}/i18n/pixel/events.js?sdkid=${pixel}&lib=ttq`;
    document.head.append(script);
  };
})();
