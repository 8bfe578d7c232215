import { beforeAll, describe, expect, test } from '@jest/globals';
import { restoreRollout, type RestoreAsked } from '../../src/bundle/restore-rollout.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { findStep } from '../../src/domain/bundle.ts';
import { loadFlagship } from './flagship.ts';

const plain: RestoreAsked = { namespaces: [], into: {}, updateExisting: false, allowUnproven: false, proofs: [] };
let flagship: Bundle;

beforeAll(async () => {
  flagship = (await loadFlagship('production')).bundle;
});

const restoreOf = (asked: Partial<RestoreAsked>, bundle: Bundle = flagship) =>
  restoreRollout(bundle, { ...plain, ...asked }).bundle;

describe('the rollout that restores what another one backs up', () => {
  test('has its targets and its decision policy, and one gated step after the location', () => {
    const { rollout, targets, decisions, phases } = restoreOf({});
    expect(rollout).toBe('254carbon-restore');
    expect({ targets, decisions }).toEqual({ targets: flagship.targets, decisions: flagship.decisions });
    expect(phases).toMatchObject([
      {
        name: 'restore',
        steps: [
          { name: 'location-default', kind: 'velero.location' },
          {
            name: 'restore',
            kind: 'velero.restore',
            target: 'cluster',
            needs: ['location-default'],
            approval: { approvers: ['platform'], expiresAfter: '24h' },
            with: {
              objectStore: 'objects',
              latestProvenOf: ['platform-daily', 'data-hourly', 'platform-drill'],
              includedNamespaces: ['data-platform'],
              existing: 'keep',
              allowUnproven: false,
            },
          },
        ],
      },
    ]);
  });

  test('tells at its gate what is restored over what', () => {
    const reason = (asked: Partial<RestoreAsked>) =>
      findStep(restoreOf(asked), 'restore', 'restore')?.approval?.reason ?? '';
    expect(reason({})).toBe(
      'Restores namespace data-platform from the newest proven backup of platform-daily, data-hourly, platform-drill, onto the originals. Objects that exist are kept; what is missing is brought back.',
    );
    const over = reason({ backup: 'b-1', into: { shop: 'copy' }, updateExisting: true, allowUnproven: true });
    expect(over).toContain('Restores all that it holds from Backup b-1, shop into copy, the rest onto the originals.');
    expect(over).toContain('OVERWRITTEN');
    expect(over).toContain('PROVEN');
  });

  test('is approved by those who are named, else by those of the rollout’s own gates', () => {
    const approvers = (asked: Partial<RestoreAsked>) =>
      findStep(restoreOf(asked), 'restore', 'restore')?.approval?.approvers;
    expect(approvers({})).toEqual(['platform']);
    expect(approvers({ approvers: ['grace'] })).toEqual(['grace']);
  });

  test('takes the same digest for the same wish, and another for another', () => {
    const digest = (asked: Partial<RestoreAsked>) => restoreRollout(flagship, { ...plain, ...asked }).digest;
    expect(digest({})).toBe(digest({}));
    expect(digest({ backup: 'b-1' })).not.toBe(digest({ backup: 'b-2' }));
  });

  test('is refused where it cannot be told what is meant', () => {
    const refusal = (asked: Partial<RestoreAsked>, bundle?: Bundle) => () => restoreOf(asked, bundle);
    expect(refusal({}, { ...flagship, phases: [] })).toThrow('The rollout has no step of Velero');
    expect(refusal({ target: 'objects' })).toThrow('Backups are made on these targets: cluster.');
    expect(refusal({ namespaces: ['Not a name'] })).toThrow(/includedNamespaces/);
    expect(refusal({ namespaces: ['shop'], into: { other: 'copy' } })).toThrow(/includedNamespaces leaves out/);
  });

  test('asks which namespaces are meant where several sets are backed up', () => {
    const [first] = flagship.phases.flatMap(({ steps }) => steps.filter(({ kind }) => kind === 'velero.drill'));
    if (first?.kind !== 'velero.drill') throw new Error('the flagship has no drill');
    const other = { ...first, name: 'other', with: { ...first.with, includedNamespaces: ['shop'] } };
    const two = { ...flagship, phases: [...flagship.phases, { name: 'more', needs: [], steps: [other] }] };
    expect(() => restoreOf({}, two)).toThrow('The rollout backs up several sets of namespaces: data-platform; shop.');
    expect(restoreOf({ namespaces: ['shop'] }, two).rollout).toBe('254carbon-restore');
  });
});
