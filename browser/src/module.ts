/** `t.mjs`: the same script for a bundler. */
export { install as start } from "./install";
