import { lazily } from '../../concurrency/when-asked.ts';
import type { AlbumOrder, AlbumOrderOptions } from './album-order.ts';

/** Opens the order of albums when somebody asks for one, or gives it. */
export const openAlbumOrder = (options: AlbumOrderOptions): AlbumOrder =>
  lazily<AlbumOrder>(async () => (await import('./album-order.ts')).createAlbumOrder(options));
