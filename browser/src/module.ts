import type { Options, Tandemgate } from "../t";
import { begin } from "./client";

/** `t.mjs`: the same script for a bundler. */

let client: Tandemgate | undefined;

export const start = (options: Options): Tandemgate => (client ??= begin(options));
