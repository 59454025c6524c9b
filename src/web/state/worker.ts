/** What of the platform's types is not in TypeScript yet. @see https://www.w3.org/TR/trusted-types/ */
declare global {
  interface Window {
    readonly trustedTypes?: {
      createPolicy(
        name: string,
        rules: { createScriptURL(url: string): string },
      ): { createScriptURL(url: string): string };
    };
  }
}

const WORKER = 'sw.js';

/** Keeps the page for when there is no network; a browser without service workers does without. */
export function installWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  const policy = window.trustedTypes?.createPolicy('imagepic', {
    createScriptURL: (url) => {
      if (url !== WORKER) throw new TypeError(`${url} is no script of this page`);
      return url;
    },
  });
  navigator.serviceWorker.register(policy?.createScriptURL(WORKER) ?? WORKER).catch(() => undefined);
}
