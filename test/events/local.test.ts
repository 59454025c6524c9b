import { expect, it } from 'vitest';
import type { RouteUrl } from '../../src/contract/contract.ts';
import { createLocal } from '../../src/index.ts';
import { describeEntry } from '../suites/entry.suite.ts';
import { createTempConfig } from '../support/temp-config.ts';

describeEntry('local', async () => {
  const { config, remove } = await createTempConfig();
  const local = await createLocal(config);
  return {
    // The suite also calls what the contract's types forbid.
    call: async (url, data, { token, lang } = {}) =>
      JSON.parse(
        JSON.stringify(
          await local.call(url as RouteUrl, data as never, { ...(token && { token }), ...(lang && { lang }) }),
        ),
      ),
    close: remove,
  };
});

it('answers with the request id that it was given', async () => {
  const { config, remove } = await createTempConfig();
  const local = await createLocal(config);
  expect(await local.call('health', {}, { requestId: 'mine-1' })).toMatchObject({ requestId: 'mine-1' });
  await remove();
});
