/* A stand-in for TikTok's events.js: it takes over the queue that the snippet left in window.ttq,
 * sets the first-party cookie _ttp, and reports each call to the simulator that served it. */
(function () {
  "use strict";
  var script = document.currentScript;
  var address = new URL(script ? script.src : location.href, location.href);
  var ownPixel = address.searchParams.get("sdkid") || "";
  var endpoint = address.origin + "/api/v2/pixel/act";
  var name = window.TiktokAnalyticsObject || "ttq";
  var queued = window[name] || [];
  // Which identifiers the page gave, never their values: a simulator has no use for them.
  var identified = [];
  var cookies = true;
  var held = null;
  var revoked = false;
  var listeners = {};
  var YEAR = 31536000;

  function cookie(key) {
    var found = document.cookie.match(new RegExp("(?:^|; )" + key + "=([^;]*)"));
    return found ? decodeURIComponent(found[1]) : "";
  }

  function keep(key, value, seconds) {
    document.cookie = key + "=" + encodeURIComponent(value) + "; path=/; SameSite=Lax; max-age=" + seconds;
  }

  function random() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, function (byte) { return ("0" + byte.toString(16)).slice(-2); }).join("");
  }

  function remember() {
    if (!cookies) return;
    if (!cookie("_ttp")) keep("_ttp", "2." + random(), Math.round(YEAR * 13 / 12));
    var click = new URL(location.href).searchParams.get("ttclid");
    if (click) keep("ttclid", click, YEAR / 12);
  }

  function post(body) {
    var text = JSON.stringify(body);
    // text/plain needs no preflight, and a beacon survives the page it was sent from.
    if (navigator.sendBeacon && navigator.sendBeacon(endpoint, new Blob([text], { type: "text/plain" }))) return;
    fetch(endpoint, { method: "POST", body: text, keepalive: true, credentials: "omit" });
  }

  function report(pixel, event, properties, options) {
    var body = {
      pixel_code: pixel,
      event: event,
      event_id: String((options && options.event_id) || ""),
      timestamp: new Date().toISOString(),
      properties: properties || {},
      context: {
        page: { url: location.href, referrer: document.referrer },
        user: { ttp: cookie("_ttp"), ttclid: cookie("ttclid") },
        identified: identified,
        user_agent: navigator.userAgent
      }
    };
    if (revoked) return;
    if (held) held.push(body); else post(body);
    (listeners[event] || []).forEach(function (listener) { listener(body); });
  }

  function instance(pixel) {
    var self = {
      page: function (properties) { report(pixel, "Pageview", properties); },
      track: function (event, properties, options) { report(pixel, event, properties, options); },
      identify: function (person) { identified = Object.keys(person || {}).sort(); },
      instances: function () { return [ttq]; },
      instance: function (other) { return instance(other); },
      load: function () {},
      debug: function () {},
      on: function (event, listener) { (listeners[event] = listeners[event] || []).push(listener); },
      off: function (event, listener) {
        listeners[event] = (listeners[event] || []).filter(function (each) { return each !== listener; });
      },
      once: function (event, listener) {
        self.on(event, function only(body) { self.off(event, only); listener(body); });
      },
      ready: function (callback) { setTimeout(callback, 0); },
      alias: function () {},
      group: function () {},
      enableCookie: function () { cookies = true; remember(); },
      disableCookie: function () { cookies = false; keep("_ttp", "", 0); keep("ttclid", "", 0); },
      holdConsent: function () { held = held || []; },
      revokeConsent: function () { revoked = true; held = null; },
      grantConsent: function () {
        var waiting = held || [];
        revoked = false;
        held = null;
        waiting.forEach(post);
      },
      push: function (call) { if (self[call[0]]) self[call[0]].apply(self, call.slice(1)); }
    };
    return self;
  }

  var ttq = instance(ownPixel);
  window[name] = ttq;
  // What the page held back or switched off before we came must be known before anything is kept or sent.
  var first = ["holdConsent", "revokeConsent", "disableCookie"];
  queued.forEach(function (call) { if (first.indexOf(call[0]) >= 0) ttq.push(call); });
  remember();
  queued.forEach(function (call) { if (first.indexOf(call[0]) < 0) ttq.push(Array.from(call)); });
})();
