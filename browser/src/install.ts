import type { Options, Tandemgate } from "../t";
import { attempt, page } from "./attempt";
import { begin } from "./client";

type Method = keyof Tandemgate;
type Call = [method: Method, ...given: unknown[]];
export interface Tg {
  (...call: Call): unknown;
  /** What was called before the script came. */
  q?: Iterable<Call>;
  client?: Tandemgate;
}

/** Become `window.tg`, once on a page, and answer what was queued for it. */
export const install = (options: Options): Tg => {
  const stub = page.tg as Tg | undefined;
  if (stub?.client) return stub;
  const client = begin(options);
  // A report that cannot be made is no reason to break the shop.
  const tg: Tg = (method, ...given) =>
    attempt(() => (client[method] as (...given: unknown[]) => unknown)(...given));
  tg.client = client;
  page.tg = tg;
  for (const call of stub?.q || []) tg(...call);
  return tg;
};
