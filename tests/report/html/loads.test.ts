import { describe, expect, test } from '@jest/globals';
import { loadsSection } from '../../../src/report/html/loads.ts';
import { eventfulReport } from '../synthetic.ts';

const pageOf = (text: string) => (loadsSection(eventfulReport(text).evidence)?.text ?? '').replace(/\s+/g, ' ');

describe('the loads of a report', () => {
  test('are not there where nothing was put under load', () => {
    expect(loadsSection([])).toBeNull();
  });

  test('have each its verdict, what was asked for and seen, and its curve with from where to where it goes', () => {
    const text = pageOf('shop');
    expect(text).toMatch(/held[^]*did not hold/);
    expect(text).toContain('from 25/s to 105/s in 40 s, on at most 20 connections, kept open (3 were opened)');
    expect(text).toContain('asked for: p99 at most 100 ms, at most 1 % failed');
    expect(text).toContain('345 shop');
    // Of each of two loads: what was due, p50, p99, and what failed.
    expect(text.match(/<polyline/g)).toHaveLength(8);
    expect(text).toContain('aria-label="from 25/s to 103/s"');
    expect(text).toContain('aria-label="from 9 ms to 15 ms"');
  });

  test('have a histogram that counts every answer, in as many rows as people read', () => {
    const [, first = ''] = pageOf('shop').split('aria-label="Latencies of');
    const [table = ''] = first.split('</table>');
    const counts = [...table.matchAll(/<td>(\d+)<\/td>/g)].map(([, count]) => Number(count));
    expect(counts.length).toBeLessThanOrEqual(16);
    const { histogram } = eventfulReport('shop').evidence.flatMap((one) =>
      one.kind === 'load-held' ? [one.observed] : [],
    )[0]!;
    const all = histogram.reduce((sum, [, count]) => sum + count, 0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(all);
  });
});
