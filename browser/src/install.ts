import type { Options, Tandemgate } from "../t";
import { attempt } from "./attempt";
import { begin } from "./client";

type Method = keyof Tandemgate;
type Act = (...given: unknown[]) => unknown;
type Call = [method: Method, ...given: unknown[]];
interface Tg {
  (...call: Call): unknown;
  /** What was called before the script came. */
  q?: ArrayLike<unknown>[];
  client?: Tandemgate;
}

const page = window as unknown as { tg?: Tg };

/** Become `window.tg`, once on a page, and answer what was queued for it. */
export const install = (options: Options): Tandemgate => {
  if (page.tg?.client) return page.tg.client;
  const queued = page.tg?.q || [];
  // A report that cannot be made is no reason to break the shop.
  const safe = Object.entries(begin(options)).map(([method, act]) => [
    method,
    (...given: unknown[]) => attempt(() => (act as Act)(...given)),
  ]);
  const client = Object.fromEntries(safe) as Tandemgate;
  const tg: Tg = (method, ...given) => (client[method] as Act | undefined)?.(...given);
  tg.client = client;
  page.tg = tg;
  Array.from(queued).forEach((call) => tg(...(Array.from(call) as Call)));
  return client;
};
