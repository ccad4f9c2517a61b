import type { Options, Tandemgate } from "../t";
import { install } from "./install";

/** `t.mjs`: the same script for a bundler. */
export const start = (options: Options): Tandemgate => {
  const tg = install(options);
  const methods = Object.keys(tg.client!) as (keyof Tandemgate)[];
  return Object.fromEntries(
    methods.map((method) => [method, (...given: unknown[]) => tg(method, ...given)]),
  ) as unknown as Tandemgate;
};
