import { createStore } from './store.ts';

/** Whether the browser believes in a network. */
export const isOnline = createStore(navigator.onLine);

addEventListener('online', () => isOnline.set(true));
addEventListener('offline', () => isOnline.set(false));
