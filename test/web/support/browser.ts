import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where Debian, and its kin, put it. */
const EXECUTABLE = '/usr/bin/chromium';

/** Starts Debian's Chromium. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

/** What somebody's browser is like. */
export interface Visitor {
  readonly page: Page;
  /** Requests that went to anywhere but the bed, and what the page or the browser complained of. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens a window of its own, of somebody who has never been there. */
export async function openVisitor(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions & { readonly allow?: readonly string[] } = {},
): Promise<Visitor> {
  const { allow = [], ...rest } = options;
  const context = await browser.newContext({
    locale: 'zh-CN',
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    ...rest,
  });
  const complaints: string[] = [];
  context.on('request', (request) => {
    const { protocol, origin: to } = new URL(request.url());
    const isOwn = to === origin || allow.includes(to) || protocol === 'blob:' || protocol === 'data:';
    if (!isOwn) complaints.push(`a request to ${request.url()}`);
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`${error.name}: ${error.message}`));
  page.on('console', (message) => {
    // Answers that refuse are written there by the browser itself.
    if (message.type() === 'error' && !/Failed to load resource|net::ERR_/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  return { page, complaints, close: () => context.close() };
}
