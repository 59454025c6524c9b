/** Lets others have their turn, between two stretches of some milliseconds each. */
export const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
