import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The coordinator that the development server asks. */
const coordinator = process.env['DOWNBEAT_SERVER'] ?? 'http://127.0.0.1:3000';

/** As the coordinator does: the base of a page leads back to the root, however deep its path is. */
function base(): Plugin {
  return {
    name: 'downbeat-base',
    transformIndexHtml: {
      order: 'pre',
      handler(html, context) {
        if (!context.server) return html;
        const path = (context.originalUrl ?? '/').split('?')[0] ?? '/';
        const depth = path.split('/').length - 2;
        return html.replace('<base href="./" />', `<base href="${'../'.repeat(depth) || './'}" />`);
      },
    },
  };
}

const proxy = Object.fromEntries(
  ['/api', '/media', '/test-client'].map((path) => [path, { target: coordinator, ws: true }]),
);

export default defineConfig({
  base: './',
  plugins: [svelte(), base()],
  // Hot replacement is left out: its client is an inline script, and this page allows none.
  server: { proxy, port: 5173, strictPort: false },
  preview: { proxy },
  build: {
    target: 'es2022',
    outDir: process.env['DOWNBEAT_PAGE'] ?? 'built',
    emptyOutDir: false,
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
