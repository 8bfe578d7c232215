import { loadedFiles } from '../../../src/bundle/files.ts';
import type { LoadedRollout } from '../../../src/bundle/load.ts';
import { isAdvice, wordsOf } from '../../../src/domain/evidence.ts';
import { stepPath } from '../../../src/domain/names.ts';
import { shapeOf } from '../../../src/domain/shape.ts';
import { openStep } from '../../../src/steps/open-step.ts';
import { inOrder } from '../../../src/steps/in-order.ts';
import { planRollout } from '../../../src/steps/plan.ts';
import { anywhere } from '../../../src/steps/reach.ts';
import { findStep } from '../../../src/domain/bundle.ts';

const AT_A_TIME = 8;
const LONGEST_MS = 120_000;
/** A load was carried where the record says so, which nobody asks here. */
const OF_RECORD = 'load';

/**
 * Where what stands is not what a rollout declares: what a step would still change, and what does not hold of what it claims, logins and
 * signatures of its probes included. Asks the engines themselves, as the next run would, and touches nothing.
 */
export async function undeclared(loaded: LoadedRollout, env: Readonly<Record<string, string>>): Promise<string[]> {
  const faults: string[] = [];
  const options = { env: { ...process.env, ...env }, signal: AbortSignal.timeout(LONGEST_MS) };
  for await (const { phase, step, kind, changes, failure } of planRollout(
    loaded.bundle,
    loadedFiles(loaded),
    options,
  )) {
    const at = stepPath(phase, step);
    if (failure !== null) faults.push(`${at} cannot be planned: ${failure.message}`);
    if (kind === OF_RECORD) continue;
    for (const { action, what } of changes) if (action !== 'unchanged') faults.push(`${at} would ${action} ${what}`);
  }
  for await (const found of inOrder(stepsOf(loaded), AT_A_TIME, (at) => unproven(loaded, at, options)))
    faults.push(...found);
  return faults;
}

function stepsOf({ bundle }: LoadedRollout): { readonly phase: string; readonly step: string }[] {
  return shapeOf(bundle).phases.flatMap(({ name, steps }) =>
    steps
      .filter(({ included, kind }) => included && kind !== 'approval')
      .map((step) => ({ phase: name, step: step.name })),
  );
}

async function unproven(
  loaded: LoadedRollout,
  { phase, step: name }: { readonly phase: string; readonly step: string },
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<string[]> {
  const { bundle } = loaded;
  const step = findStep(bundle, phase, name);
  // What watches a platform counts the worker of the demo too, which is gone.
  if (step === null || step.kind === 'monitoring.verify' || step.kind === OF_RECORD) return [];
  const reach = anywhere(env);
  const { rollout, environment } = bundle;
  const owner = { rollout, environment, bundle: loaded.digest, run: 'looked at', phase, step: name };
  const context = { files: loadedFiles(loaded), signal, resolve: reach.resolve, owner, progress: () => undefined };
  const bound = await openStep(bundle, step, reach);
  try {
    const findings = await bound.verify(context);
    return (
      findings
        // What only advises stops no run either.
        .filter((finding) => !finding.holds && !isAdvice(finding))
        .map((finding) => `${stepPath(phase, name)} does not hold: ${wordsOf(finding).claim}`)
    );
  } finally {
    await bound.close();
  }
}
