import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as router from '../../../src/router/index.ts';

describe('the router package', () => {
  it('exports what it says and nothing else', () => {
    expect(Object.keys(router).toSorted()).toEqual(['RouteError', 'Router', 'TcbRouter', 'compose']);
  });

  it('stands alone: no file outside its folder, no package, no module of the platform', async () => {
    const { metafile } = await build({
      entryPoints: ['src/router/index.ts'],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((file) => !/^src\/router\/[a-z-]+\.ts$/.test(file))).toEqual([]);
    expect(inputs.flatMap((file) => metafile.inputs[file]?.imports.filter(({ external }) => external) ?? [])).toEqual(
      [],
    );
  });

  it('needs nothing but the language, so that it runs on any platform', async () => {
    const { outputFiles } = await build({
      entryPoints: ['src/router/index.ts'],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'router',
    });
    const bare = createContext({});
    runInContext(outputFiles[0]?.text ?? '', bare);
    const answer: unknown = await runInContext(
      `(async () => {
        const table = new router.Router();
        table.use(async (ctx, next) => { await next(); ctx.body += '!'; });
        table.router('a', (ctx) => { ctx.body = 'served'; });
        const context = { $url: 'a' };
        const { ok } = await table.serve(context);
        const app = new router.TcbRouter({ event: { $url: 'a' } });
        app.router('a', async (ctx) => { ctx.body = 'served too'; });
        return [ok, context.body, await app.serve()].join();
      })()`,
      bare,
    );
    expect(answer).toBe('true,served!,served too');
  });
});
