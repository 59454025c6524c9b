import { BookImage, ChartColumn, CircleUser, type IconNode, Images, KeyRound, Settings, Trash2, Upload } from 'lucide';
import type { ComponentType } from 'preact';
import type { Texts } from './texts/zh.ts';

/** A screen: where it is, what it is called, and who sees it. */
export interface Route {
  /** First part of its address. */
  readonly path: string;
  readonly name: (texts: Texts) => string;
  /** Without one it has no place in the navigation. */
  readonly icon?: IconNode;
  readonly forAdmins?: boolean;
  /** On a phone its place is elsewhere on the page. */
  readonly isOnlyWide?: boolean;
  /** Not shown where the bed has none. */
  readonly needs?: 'library' | 'trash';
  readonly load: () => Promise<ComponentType>;
}

/** Every screen, in the order of the navigation. */
export const routes: readonly Route[] = [
  {
    path: 'upload',
    name: (t) => t.nav.upload,
    icon: Upload,
    load: async () => (await import('./screens/upload/upload.tsx')).Upload,
  },
  {
    path: 'library',
    name: (t) => t.nav.library,
    icon: Images,
    load: async () => (await import('./screens/library/library.tsx')).Library,
  },
  {
    path: 'albums',
    name: (t) => t.nav.albums,
    icon: BookImage,
    needs: 'library',
    load: async () => (await import('./screens/albums/albums.tsx')).Albums,
  },
  {
    path: 'trash',
    name: (t) => t.nav.trash,
    icon: Trash2,
    needs: 'trash',
    load: async () => (await import('./screens/trash/trash.tsx')).Trash,
  },
  {
    path: 'statistics',
    name: (t) => t.statistics.title,
    icon: ChartColumn,
    needs: 'library',
    isOnlyWide: true,
    load: async () => (await import('./screens/statistics/statistics.tsx')).Statistics,
  },
  {
    path: 'picture',
    name: (t) => t.picture.title,
    load: async () => (await import('./screens/picture/picture.tsx')).Picture,
  },
  {
    path: 'clients',
    name: (t) => t.nav.clients,
    icon: KeyRound,
    load: async () => (await import('./screens/clients/clients.tsx')).Clients,
  },
  {
    path: 'admin',
    name: (t) => t.nav.admin,
    icon: Settings,
    forAdmins: true,
    load: async () => (await import('./screens/admin/admin.tsx')).Admin,
  },
  {
    path: 'profile',
    name: (t) => t.nav.profile,
    icon: CircleUser,
    load: async () => (await import('./screens/profile/profile.tsx')).Profile,
  },
];
