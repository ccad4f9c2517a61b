/** What this device keeps, only while the visitor allows it. Storage that is full or forbidden keeps nothing. */

const NAME = "tandemgate";

export interface Kept<Batch> {
  /** Purchases that were reported, and when. */
  done?: Record<string, number>;
  /** Batches that could not be sent. */
  unsent?: Batch[];
}

const attempt = <T>(act: () => T): T | undefined => {
  try {
    return act();
  } catch {
    return undefined;
  }
};

export const recall = <Batch>(): Kept<Batch> | undefined =>
  attempt(() => JSON.parse(localStorage.getItem(NAME) as string) || undefined);

/** Keep *change* beside what is kept already; tell whether it is kept. */
export const keep = <Batch>(change: Kept<Batch>): boolean =>
  !!attempt(() => {
    localStorage.setItem(NAME, JSON.stringify({ ...recall(), ...change }));
    return true;
  });

export const recallClick = (): string | undefined =>
  attempt(() => sessionStorage.getItem(NAME)) || undefined;

export const keepClick = (click: string): void => {
  attempt(() => sessionStorage.setItem(NAME, click));
};

export const forget = (): void => {
  attempt(() => localStorage.removeItem(NAME));
  attempt(() => sessionStorage.removeItem(NAME));
};
