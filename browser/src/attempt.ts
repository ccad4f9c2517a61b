/** What *act* returns; undefined where it fails, since nothing here may break the page. */
export const attempt = <T>(act: () => T): T | undefined => {
  try {
    return act();
  } catch {
    return undefined;
  }
};
