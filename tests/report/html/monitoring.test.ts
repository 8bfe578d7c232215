import { describe, expect, test } from '@jest/globals';
import type { FindingOf } from '../../../src/domain/evidence.ts';
import type { QueryOutcome } from '../../../src/domain/evidence/monitoring.ts';
import { monitoringSection } from '../../../src/report/html/monitoring.ts';
import type { EvidenceReport } from '../../../src/report/report.ts';

type Asked = FindingOf<'monitoring-query'>;

const NASTY = `"><script>alert(1)</script><img src=x onerror=alert(2)>`;

const asked = (
  within: string,
  outcome: QueryOutcome,
  more: { readonly text?: string; readonly time?: string; readonly curve?: readonly (number | null)[] } = {},
): EvidenceReport => {
  const { text = 'Size', time = '2026-01-01T00:00:01.000Z', curve } = more;
  const holds = outcome === 'data' || outcome === 'rest';
  const one: Asked = {
    ...{ kind: 'monitoring-query', holds, how: 'real', source: text, time },
    about: { of: 'panel', within, name: text, file: 'board.json', line: 3 },
    observed: {
      queries: [
        {
          ...{ ref: '', line: 3, asked: text, outcome, series: holds ? 2 : 0, value: holds ? 7 : null },
          why: holds ? null : text,
          ...(curve === undefined ? {} : { curve }),
        },
      ],
      exempt: null,
      faults: holds ? [] : [text],
    },
  };
  return { ...one, subject: text, claim: text, step: 'monitoring/verify' };
};
const text = (...evidence: readonly EvidenceReport[]) => monitoringSection(evidence)?.text ?? null;
const count = (of: string | null, pattern: RegExp) => of?.match(pattern)?.length ?? 0;

describe('the monitoring of a report', () => {
  test('is not there where nobody asked', () => {
    expect(text()).toBeNull();
  });

  test('has a row for each board with how many queries came to what, and opens what is not answered', () => {
    const page = text(
      asked('Databases', 'data'),
      asked('Databases', 'no series', { text: 'Gone' }),
      asked('Nodes', 'rest'),
    );
    expect(count(page, /<th scope="row">board /g)).toBe(2);
    expect(page).toContain('1 not answered');
    expect(count(page, /<details[^>]* open/g)).toBe(1);
  });

  test('draws how a query went, broken where there was no number, and says from where to where', () => {
    const page = text(asked('Databases', 'data', { curve: [1, 2, null, null, 4, 3] }));
    const lines = [...(page ?? '').matchAll(/<polyline points="([^"]*)"/g)].map(([, points = '']) => points.split(' '));
    expect(lines.map((points) => points.length)).toEqual([2, 2]);
    expect(lines[0]?.[0]).toBe('0.0,22.0');
    expect(lines[1]?.[0]).toMatch(/,2\.0$/);
    expect(page).toContain('aria-label="from 1 to 4"');
    // Of what never changes the line goes through the middle.
    expect(text(asked('Databases', 'data', { curve: [5, 5, 5] }))).toContain('60.0,12.0');
    expect(text(asked('Databases', 'data'))).not.toContain('<svg');
  });

  test('shows what a step saw last, however often it was verified', () => {
    const page = text(
      asked('Databases', 'data', { time: '2026-01-01T00:00:09.000Z' }),
      asked('Databases', 'error', { time: '2026-01-01T00:00:01.000Z' }),
    );
    expect(page).not.toContain('not answered');
  });

  test('takes what servers and files say for text', () => {
    const page = text(asked(NASTY, 'error', { text: NASTY, curve: [1, 2] }));
    expect(page).not.toMatch(/<script|<img/);
  });
});
