/** Tell *changed* when a single-page application may have moved on, or the page came back. */
export const watchRoutes = (changed: (back: boolean) => void): void => {
  const moved = (): void => void setTimeout(changed, 0, false);
  (["pushState", "replaceState"] as const).forEach((name) => {
    const own = history[name];
    history[name] = function (...state) {
      own.apply(this, state);
      moved();
    };
  });
  addEventListener("popstate", moved);
  addEventListener("pageshow", (event) => event.persisted && changed(true));
};
