import type { Page } from 'playwright-core';

/** Drags files and folders of the disk over the page, as a file manager does, and lets them go where `drop` says so. */
export async function drag(
  page: Page,
  files: readonly string[],
  drop: boolean,
  at: { readonly x: number; readonly y: number } = { x: 700, y: 600 },
): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', ...(drop ? (['drop'] as const) : [])] as const) {
    await devTools.send('Input.dispatchDragEvent', { type, ...at, data });
  }
}
