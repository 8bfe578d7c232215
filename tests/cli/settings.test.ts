import { describe, expect, test } from '@jest/globals';
import { cliSettings } from '../../src/cli/settings.ts';

const lab = () => ({
  TEMPORAL_ADDRESS: '127.0.0.1:20001',
  WINDLASS_LAB_TEMPORAL_UI: 'http://127.0.0.1:20002',
  WINDLASS_LAB_S3_ENDPOINT: 'http://127.0.0.1:20003',
});

describe('settings of the command line', () => {
  test('a lab that is up gives its address and its Web UI', () => {
    expect(cliSettings({}, lab)).toMatchObject({
      TEMPORAL_ADDRESS: '127.0.0.1:20001',
      WINDLASS_WEB_UI: 'http://127.0.0.1:20002',
    });
  });

  test('what the environment says wins over the lab', () => {
    const settings = cliSettings({ WINDLASS_LAB_S3_ENDPOINT: 'http://elsewhere', WINDLASS_WEB_UI: 'http://ui' }, lab);
    expect(settings).toMatchObject({ WINDLASS_LAB_S3_ENDPOINT: 'http://elsewhere', WINDLASS_WEB_UI: 'http://ui' });
  });

  test.each(['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'])(
    'an environment with %s means another Temporal than the lab',
    (name) => {
      expect(cliSettings({ [name]: 'production' }, lab)).toEqual({ [name]: 'production' });
    },
  );

  test('without a lab nothing is added', () => {
    expect(cliSettings({ HOME: '/home/ada' }, () => null)).toEqual({ HOME: '/home/ada' });
  });
});
