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

export const recall = (): Kept | undefined =>
  attempt(() => JSON.parse(localStorage.getItem(NAME) as string) as Kept);

/** Keep *change* beside what is kept already; tell whether it is kept. */
export const keep = (change: Kept): boolean =>
  !!attempt(() => (localStorage.setItem(NAME, JSON.stringify({ ...recall(), ...change })), true));

export const recallClick = (): string | undefined =>
  attempt(() => sessionStorage.getItem(NAME)) || undefined;

export const keepClick = (click: string): void => {
  attempt(() => sessionStorage.setItem(NAME, click));
};

export const forget = (): void => {
  attempt(() => (localStorage.removeItem(NAME), sessionStorage.removeItem(NAME)));
};
