import { createShareViews, type ShareViews } from './share-views.ts';
import { createShares, type Shares } from './shares.ts';

/** Both sides of shares; loaded when somebody shares something, or looks at what was shared. */
export interface ShareServices {
  readonly shares: Shares;
  readonly shareViews: ShareViews;
}

/** Puts them together. */
export const openShares = (options: Parameters<typeof createShareViews>[0]): ShareServices => ({
  shares: createShares(options),
  shareViews: createShareViews(options),
});
