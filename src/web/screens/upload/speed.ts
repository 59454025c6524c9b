import { useEffect, useRef, useState } from 'preact/hooks';

const EVERY_MS = 500;
/** Share of the newest measure in what is shown, so that it does not jump. */
const WEIGHT = 0.4;

/** Bytes a second of something that grows; 0 where it does not. */
export function useSpeed(bytes: number | undefined): number {
  const [speed, setSpeed] = useState(0);
  const now = useRef(bytes);
  now.current = bytes;
  const isMoving = bytes !== undefined;
  useEffect(() => {
    setSpeed(0);
    if (!isMoving) return undefined;
    let before = now.current ?? 0;
    let at = performance.now();
    const timer = setInterval(() => {
      const elapsed = (performance.now() - at) / 1000;
      const measured = Math.max(0, (now.current ?? before) - before) / elapsed;
      before = now.current ?? before;
      at = performance.now();
      setSpeed((shown) => (shown === 0 ? measured : shown * (1 - WEIGHT) + measured * WEIGHT));
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [isMoving]);
  return speed;
}
