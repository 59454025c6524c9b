/** So long such work may take at a time, of the 50 ms after which somebody notices that the page did not answer. */
const MOST_MS = 6;

const waiting = new Set<() => void>();
let spent = 0;
let isDue = false;

/** Does small work at once while there is time, and else as soon as there is again, what came last first. @returns what lets it be */
export function doInTurn(work: () => void): () => void {
  if (spent < MOST_MS && waiting.size === 0) take(work);
  else waiting.add(work);
  goOnLater();
  return () => void waiting.delete(work);
}

function take(work: () => void): void {
  const begun = performance.now();
  work();
  spent += performance.now() - begun;
}

function goOnLater(): void {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    spent = 0;
    // What came last is most likely still to be seen.
    for (const work of [...waiting].reverse()) {
      if (spent >= MOST_MS) break;
      waiting.delete(work);
      take(work);
    }
    if (waiting.size > 0) goOnLater();
  });
}
