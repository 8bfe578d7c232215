import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RolloutRef } from '../../client.ts';
import type { Config } from '../../config.ts';
import { renderJson, renderMarkdown, renderPage } from '../../report/index.ts';
import { reported } from '../reported.ts';

/** Where reports of demos go, below the directory that the demo is run from. */
const DIRECTORY = join('.windlass', 'report');

export interface WrittenReport {
  readonly markdown: string;
  readonly json: string;
  readonly html: string;
  /** Its verdict and what it comes to, in lines for people. */
  readonly summary: readonly string[];
}

/**
 * Writes the report of a run as a page, as Markdown and as JSON.
 *
 * @throws WindlassFailure as `reported` does: `NotFound`, and of the store; Error of `node:fs` when it cannot
 *   be written.
 */
export async function writeReport(config: Config, ref: RolloutRef & { readonly run: string }): Promise<WrittenReport> {
  const { report } = await reported(config, ref, { run: ref.run });
  const file = (ending: string) => join(DIRECTORY, `${ref.run}.${ending}`);
  const paths = { markdown: file('md'), json: file('json'), html: file('html') };
  await mkdir(DIRECTORY, { recursive: true });
  await writeFile(paths.markdown, renderMarkdown(report));
  await writeFile(paths.json, renderJson(report));
  await writeFile(paths.html, renderPage(report));
  return { ...paths, summary: [report.verdict, ...report.provenance.sentences] };
}
