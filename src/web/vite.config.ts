import { defineConfig } from 'vite';

// biome-ignore lint/style/noDefaultExport: Vite reads its configuration from the default export
export default defineConfig({
  // Wherever it stands: under the mount, at the root, or among the files of a static host.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../.build/page',
    emptyOutDir: true,
    target: 'es2022',
    // A policy without `data:` would refuse what is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
