import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import type { WxBed } from '../../src/client/wx/index.ts';
import { createWx, type WxOptions } from '../../src/wx-emulator/index.ts';

/** The domain that the example knows its bed by. */
export const BED_DOMAIN = 'https://img.example.com';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };

/** What the example's page exports. */
interface ExamplePage {
  openBed(): WxBed;
  createActions(bed: WxBed): {
    upload(): Promise<readonly string[]>;
    stop(): void;
    list(): Promise<readonly string[]>;
    remove(objectName: string): Promise<unknown>;
  };
}

/** A bed that an example is to use. */
export interface ExampleBed {
  readonly mountUrl: string;
  /** What the phone and its platform are like, unless a test says so itself. */
  readonly platform: WxOptions;
}

/** Builds the example mini-program; what comes back runs it as a phone does: with `wx` and timers, and nothing of the web or Node. */
export async function buildExample({ mountUrl, platform }: ExampleBed) {
  const { outputFiles } = await build({
    entryPoints: ['test/wx/example/page.ts'],
    bundle: true,
    format: 'cjs',
    target: 'es2020',
    write: false,
  });
  const program = outputFiles[0]?.text ?? '';
  return async (options: WxOptions = {}) => {
    const hosts = { [BED_DOMAIN]: new URL(mountUrl).origin };
    const { wx, phone } = createWx({ hosts, ...platform, ...options });
    const module: { exports: Partial<ExamplePage> } = { exports: {} };
    const globals = { wx, module, exports: module.exports, setTimeout, clearTimeout, ArrayBuffer, Uint8Array };
    runInContext(program, createContext(globals));
    // What the page exports is there once it has run.
    const { openBed, createActions } = module.exports as ExamplePage;
    const bed = openBed();
    await bed.auth.register({ name: 'Ada', email: 'ada@example.com', ...PERSON }).catch(() => undefined);
    await bed.signIn(PERSON);
    return { bed, wx, phone, actions: createActions(bed) };
  };
}
