import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The service that `npm run dev` hands requests to.
const SERVICE = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    // `dist` itself is kept, so that the program builds before the pages are built: `npm run build` empties it.
    emptyOutDir: false,
    // One target for all: Chromium and Edge 100, Firefox 100, Safari 15.
    target: 'es2022',
    // Everything is a file of its own: the page's security policy allows no script that is written into the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor is one large file by nature.
    chunkSizeWarningLimit: 4096,
    rollupOptions: {
      input: { graphiql: 'graphiql.html' },
      // GraphiQL's sources carry notes to React's compiler that mean nothing to the bundler.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
  worker: { format: 'es' },
  server: {
    proxy: {
      '/graphql': SERVICE,
      '/subscriptions': { target: SERVICE, ws: true },
    },
  },
});
