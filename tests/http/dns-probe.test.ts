import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dnsProbeEngine } from '../../src/http/dns-probe.ts';
import { nameServerAt } from '../../src/http/name-server.ts';
import { told } from '../support/told.ts';
import { contextWith, failureOf, seenBy, specOf } from './support.ts';

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
};

const label = (name: string) =>
  Buffer.concat([...name.split('.').map((part) => Buffer.from([part.length, ...Buffer.from(part)])), Buffer.from([0])]);
const number = (...values: readonly number[]) =>
  Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 255])));

/** Answers of one small zone, as RFC 1035 and RFC 2782 write them. */
const ZONE: Readonly<Record<string, readonly Buffer[]>> = {
  'A www.example.com': [Buffer.from([10, 0, 0, 1]), Buffer.from([10, 0, 0, 2])],
  'AAAA www.example.com': [Buffer.concat([Buffer.alloc(15), Buffer.from([1])])],
  'A api.example.com': [Buffer.from([10, 0, 0, 1])],
  'CNAME docs.example.com': [label('Pages.Example.net')],
  'MX example.com': [Buffer.concat([number(10), label('mail.example.com')])],
  'NS example.com': [label('ns1.example.com')],
  'SRV _db._tcp.example.com': [Buffer.concat([number(1, 2, 5432), label('db.example.com')])],
  'TXT example.com': [Buffer.from([3, ...Buffer.from('v=a'), 2, ...Buffer.from(' B')])],
};

let server: Socket;
let address: string;

beforeAll(async () => {
  server = createSocket('udp4');
  server.on('message', (query, { port, address: from }) => {
    const parts: string[] = [];
    let at = 12;
    for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
      parts.push(query.toString('ascii', at + 1, at + 1 + length));
      at += length + 1;
    }
    const name = parts.join('.').toLowerCase();
    const type = query.readUInt16BE(at + 1);
    const question = query.subarray(12, at + 5);
    const records = ZONE[`${TYPES[type] ?? ''} ${name}`] ?? [];
    const exists = Object.keys(ZONE).some((key) => key.endsWith(` ${name}`));
    const code = name.startsWith('broken') ? 2 : exists ? 0 : 3;
    const header = Buffer.concat([query.subarray(0, 2), number(0x8180 | code, 1, records.length, 0, 0)]);
    const answers = records.map((data) => Buffer.concat([number(0xc00c, type, 1, 0, 60, data.length), data]));
    server.send(Buffer.concat([header, question, ...answers]), port, from);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  address = `127.0.0.1:${String(server.address().port)}`;
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
});

function verified(more: Readonly<Record<string, unknown>>, at: string | null = address) {
  return dnsProbeEngine({ address: at }).verify(specOf('dns', more), contextWith());
}

describe('a DNS probe', () => {
  test.each([
    [{ names: ['www.example.com', 'api.example.com'] }],
    [{ names: ['www.example.com', 'api.example.com'], records: ['10.0.0.1'] }],
    [{ names: ['www.example.com'], records: ['10.0.0.2', '10.0.0.1'], exactly: true }],
    [{ names: ['www.example.com'], type: 'AAAA', records: ['::1'] }],
    [{ names: ['docs.example.com'], type: 'CNAME', records: ['pages.example.net.'] }],
    [{ names: ['example.com'], type: 'MX', records: ['10 mail.example.com'] }],
    [{ names: ['example.com'], type: 'NS', records: ['ns1.example.com'] }],
    [{ names: ['_db._tcp.example.com'], type: 'SRV', records: ['1 2 5432 db.example.com'] }],
    [{ names: ['example.com'], type: 'TXT', records: ['v=a B'] }],
  ])('is met by %j', async (spec) => {
    await expect(verified(spec)).resolves.toMatchObject([{ holds: true }]);
  });

  test('tells what it found', async () => {
    expect(told(await verified({ names: ['www.example.com'], records: ['10.0.0.1'] }))).toMatchObject([
      {
        claim: 'has the A records 10.0.0.1',
        source: `dns A of www.example.com by ${address}`,
        observed: { 'www.example.com': ['10.0.0.1', '10.0.0.2'] },
      },
    ]);
  });

  test.each([
    [{ names: ['api.example.com', 'gone.example.com'] }, 'says that gone.example.com does not exist'],
    [{ names: ['api.example.com'], type: 'TXT' }, 'says that api.example.com has no TXT records'],
    [{ names: ['api.example.com'], records: ['10.0.0.9'] }, 'says that api.example.com has no 10.0.0.9'],
    [{ names: ['www.example.com'], records: ['10.0.0.1'], exactly: true }, 'has 10.0.0.2 too'],
    [{ names: ['example.com'], type: 'TXT', records: ['v=a b'] }, 'has no v=a b'],
    [{ names: ['broken.example.com'] }, 'cannot be told: the name server failed'],
  ])('is not met by %j', async (spec, seen) => {
    expect(await seenBy(dnsProbeEngine({ address }), specOf('dns', spec))).toContain(seen);
  });

  test('does not wait for a name server that never answers', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const failure = await failureOf(
      verified({ names: ['www.example.com'], within: '100ms' }, `127.0.0.1:${String(silent.address().port)}`),
    );
    silent.close();
    expect(failure).toMatchObject({ message: expect.stringContaining('cannot be told') });
  });

  test('asks the system where there is no name server, and its hosts file counts', async () => {
    await expect(verified({ names: ['localhost'], records: ['127.0.0.1'] }, null)).resolves.toMatchObject([
      { holds: true, source: 'dns A of localhost by the resolver of the system' },
    ]);
  });
});

describe('the address of a name server', () => {
  test.each([
    ['10.0.0.2', '10.0.0.2:53'],
    [' 10.0.0.2:5353\n', '10.0.0.2:5353'],
    ['::1', '[::1]:53'],
    ['[::1]:5353', '[::1]:5353'],
  ])('%j is %s', (text, at) => {
    expect(nameServerAt(text)).toEqual({ address: at });
  });

  test.each(['', 'ns1.example.com', '10.0.0.2:0', '10.0.0.2:65536', '[10.0.0.2', '10.0.0.2:53:53', 'udp://10.0.0.2'])(
    '%j is none',
    (text) => {
      expect(() => nameServerAt(text)).toThrow(expect.objectContaining({ type: 'ReferenceUnresolved' }));
    },
  );
});
