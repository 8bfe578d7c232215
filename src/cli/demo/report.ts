import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RolloutRef } from '../../client.ts';
import type { Config } from '../../config.ts';
import { buildReport, renderJson, renderMarkdown } from '../../report/index.ts';
import { recordedEntries } from '../recorded.ts';

/** Where reports of demos go, below the directory that the demo is run from. */
const DIRECTORY = join('.windlass', 'report');

export interface WrittenReport {
  readonly markdown: string;
  readonly json: string;
  /** Its verdict and what it comes to, in lines for people. */
  readonly summary: readonly string[];
}

/**
 * Writes the report of a run as Markdown and as JSON.
 *
 * @throws WindlassFailure as `recordedEntries` does: `NotFound`, and of the store; Error of `node:fs` when it cannot
 *   be written.
 */
export async function writeReport(config: Config, ref: RolloutRef & { readonly run: string }): Promise<WrittenReport> {
  const report = buildReport(await recordedEntries(config, ref, ref.run));
  const paths = { markdown: join(DIRECTORY, `${ref.run}.md`), json: join(DIRECTORY, `${ref.run}.json`) };
  await mkdir(DIRECTORY, { recursive: true });
  await writeFile(paths.markdown, renderMarkdown(report));
  await writeFile(paths.json, renderJson(report));
  return { ...paths, summary: [report.verdict, ...report.provenance.sentences] };
}
