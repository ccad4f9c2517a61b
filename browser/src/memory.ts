import { attempt } from "./attempt";
import type { Waiting } from "./queue";

/** What this device keeps, only while the visitor allows it. Storage that is full or forbidden keeps nothing. */

const NAME = "tandemgate";

export interface Kept {
  /** Purchases that were reported, and when. */
  done?: Record<string, number>;
  /** What could not be sent. */
  unsent?: Waiting[];
}

export const recall = (): Kept | undefined => attempt(() => JSON.parse(localStorage[NAME]) as Kept);

/** Keep *change* beside what is kept already; tell whether it is kept. */
export const keep = (change: Kept): unknown =>
  attempt(() => (localStorage[NAME] = JSON.stringify({ ...recall(), ...change })));

/** Keep *value* for this tab, or recall the one that is kept. */
export const keepHere = (value: string | undefined, name = NAME): string | undefined =>
  attempt(() => (value ||= sessionStorage[name]) && (sessionStorage[name] = value)) || value;

export const forget = (): void => {
  attempt(() => delete localStorage[NAME] && delete sessionStorage[NAME]);
};
