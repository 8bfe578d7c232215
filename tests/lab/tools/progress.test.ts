import { describe, expect, test } from '@jest/globals';
import { progressLine } from '../../../src/lab/tools/progress.ts';
import type { ToolProgress } from '../../../src/lab/tools/progress.ts';
import { toolProgress } from '../../../src/lab/tools/show-progress.ts';

const building: ToolProgress = { what: 'control-plane', doing: 'building', done: 2, of: 7, elapsedMs: 65_400 };

function stream(isTTY: boolean): { stream: NodeJS.WriteStream; written: () => string } {
  let written = '';
  const write = (text: string) => {
    written += text;
    return true;
  };
  return { stream: { isTTY, columns: 60, write } as unknown as NodeJS.WriteStream, written: () => written };
}

describe('the progress of tools', () => {
  test('tells the tool, how many of how many, the time, and the last sign of life', () => {
    expect(progressLine(building)).toBe('control-plane: building, 2 of 7, 1m05s');
    expect(progressLine({ ...building, elapsedMs: 9_000, detail: 'now k8s.io/api' })).toBe(
      'control-plane: building, 2 of 7, 9s (now k8s.io/api)',
    );
  });

  test('is one changing line on a terminal, never wider than it', () => {
    const { stream: terminal, written } = stream(true);
    const { tell, end } = toolProgress(terminal);
    tell(building);
    tell({ ...building, detail: 'x'.repeat(100) });
    end();
    const lines = written().split('\r').slice(1);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line.replace('\u001b[K', '').trimEnd().length).toBeLessThan(60);
    expect(written().endsWith('\n')).toBe(true);
  });

  test('is a line at each news and now and then where nobody watches', () => {
    const { stream: pipe, written } = stream(false);
    const { tell, end } = toolProgress(pipe);
    for (let second = 0; second < 40; second += 1) tell({ ...building, elapsedMs: second * 1000 });
    tell({ ...building, done: 3, elapsedMs: 40_000 });
    end();
    expect(written().trimEnd().split('\n')).toEqual([
      'control-plane: building, 2 of 7, 0s',
      'control-plane: building, 2 of 7, 15s',
      'control-plane: building, 2 of 7, 30s',
      'control-plane: building, 3 of 7, 40s',
    ]);
  });
});
