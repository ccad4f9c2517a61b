/** What *act* returns; undefined where it fails, since nothing here may break the page. */
export const attempt = <T>(act: () => T): T | undefined => {
  try {
    return act();
  } catch {
    return undefined;
  }
};

/** Tell the shop's developers; never who visits. */
export const warn = (text: string): void => console.warn(`tandemgate: ${text}`);

/** What pages and other scripts leave on the window. */
export const page = window as unknown as Record<string, unknown>;

/** The entries of *object* that *holds* is true of. */
export const pick = <T extends object>(object: T, holds: (entry: [name: string, value: any]) => unknown): T =>
  Object.fromEntries(Object.entries(object).filter(holds)) as T;
