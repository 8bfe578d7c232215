import type { Row, Suite } from '../harness.ts';
import { busyNeighbour } from '../kubernetes/busy-neighbour.ts';
import { cold } from '../kubernetes/cold.ts';
import { large } from '../kubernetes/large.ts';
import { openStage } from '../kubernetes/stage.ts';
import { waitLag } from '../kubernetes/wait-lag.ts';

const PARTS = { cold, waitLag, large, busyNeighbour };

/**
 * The Kubernetes engine against those who do the same, on a real control plane. `BENCH_ROUNDS=1` for a quick try, and
 * `BENCH_PARTS=cold,waitLag` for some parts alone; every part is medians of `BENCH_ROUNDS`, 5 by default.
 */
export const kubernetes: Suite = {
  name: 'kubernetes',
  async run(say, soFar): Promise<readonly Row[]> {
    const wanted = process.env['BENCH_PARTS']?.split(',');
    const stage = await openStage(say);
    const rows: Row[] = [];
    try {
      for (const [name, part] of Object.entries(PARTS)) {
        if (wanted !== undefined && !wanted.includes(name)) continue;
        rows.push(...(await part(stage)));
        soFar(rows);
      }
      return rows;
    } finally {
      await stage.close();
    }
  },
};
