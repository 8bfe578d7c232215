import { afterEach, describe, expect, test } from '@jest/globals';
import { httpProbeEngine, readHttp, type HttpProbeSpec } from '../../src/http/http-probe.ts';
import { told } from '../support/told.ts';
import { answering, closeAll, contextWith, seenBy, specOf } from './support.ts';

afterEach(closeAll);

const BODY = { status: { ready: true, 'a/b~c': 3 }, items: [{ n: 1 }, { n: 2 }], name: 'c4nary', none: null };

async function asked(json: Readonly<Record<string, unknown>>, body = JSON.stringify(BODY), more = {}) {
  const host = await answering(body);
  const spec = specOf('http', { json, ...more }) as unknown as HttpProbeSpec;
  return { engine: httpProbeEngine({ url: `http://${host}` }), spec };
}

/** What it says of a body in which it is not met. */
async function seenIn(json: Readonly<Record<string, unknown>>, body?: string, more = {}) {
  const { engine, spec } = await asked(json, body, more);
  return seenBy(engine, spec);
}

describe('an HTTP probe that looks into JSON', () => {
  test.each([
    [{ at: '/status/ready', equals: true }, true],
    [{ at: '/status/a~1b~0c', between: [1, 3] }, 3],
    [{ at: '/items/1/n', atLeast: 2 }, 2],
    [{ at: '/name', equals: 'c4nary' }, '/name gave the expected text'],
    [{ value: 'self.items.map(i, i.n).sum()', equals: 3 }, 3],
    [{ holds: 'self.items.size() == 2 && self.status.ready' }, 'self.items.size() == 2 && self.status.ready holds'],
  ])('is met by %j', async (json, observed) => {
    const { engine, spec } = await asked(json);
    const findings = told(await engine.verify(spec, contextWith()));
    expect(findings).toMatchObject([{ holds: true, observed: { status: 200, json: observed } }]);
    expect(findings[0]?.claim).toContain('answers 200 with JSON in which ');
  });

  test.each([
    [{ at: '/status/ready', equals: 'true' }, '/status/ready gave true'],
    [{ at: '/items/01/n', equals: 1 }, '/items/01/n is not there'],
    [{ at: '/constructor', equals: 1 }, '/constructor is not there'],
    [{ at: '/none', equals: 0 }, '/none is null'],
    [{ at: '/items', equals: 0 }, '/items is a list'],
    [{ at: '', equals: 0 }, 'the document is an object'],
    [{ at: '/name', equals: 'other' }, '/name gave another text of 6 characters'],
    [{ value: 'self.nothing', equals: 1 }, 'No such key: nothing'],
    [{ holds: 'self.items.size() > 2' }, 'self.items.size() > 2 does not hold'],
    [{ holds: 'self.name' }, 'cannot be told: it gives no truth (string)'],
  ])('is not met by %j, and says what it saw', async (json, seen) => {
    const said = await seenIn(json);
    expect(said).toContain(seen);
    expect(said).not.toContain('c4nary');
  });

  test('says that a body is no JSON', async () => {
    expect(await seenIn({ holds: 'true' }, 'up')).toBe('answered 200 with a body that is not JSON');
  });

  test('wants the text of `contains` besides', async () => {
    expect(await seenIn({ holds: 'true' }, undefined, { contains: 'c4nary' })).toBe('was met');
    expect(await seenIn({ holds: 'true' }, undefined, { contains: 'other' })).toContain('without the expected text');
  });
});

describe('a number of a JSON body', () => {
  const read = async (json: { at?: string; value?: string }, status = 200) => {
    const host = await answering(JSON.stringify(BODY), status);
    return readHttp(
      { url: `http://${host}` },
      { path: '/', status: 200, headers: {}, basicAuth: undefined, ca: undefined, json },
      { ...contextWith(), ms: 5_000 },
    );
  };

  test('is had by pointer or by CEL', async () => {
    await expect(read({ at: '/items/0/n' })).resolves.toEqual({ value: 1 });
    await expect(read({ value: 'self.items.size()' })).resolves.toEqual({ value: 2 });
  });

  test('is unknown where the status is another, or the value is not there', async () => {
    await expect(read({ at: '/items/0/n' }, 500)).resolves.toEqual({ unknown: 'answered 500' });
    await expect(read({ at: '/items/9/n' })).resolves.toEqual({ unknown: 'is not there' });
    await expect(read({ value: 'self.name' })).resolves.toMatchObject({ unknown: expect.stringContaining('a number') });
  });
});
