import type { PlaybookName } from '../../domain/kinds/kubernetes-recreate.ts';
import { expand } from './expand.ts';
import { freshVolumes } from './fresh-volumes.ts';
import { move } from './move.ts';
import { orphan } from './orphan.ts';
import type { Playbook } from './playbook.ts';
import { rerun } from './rerun.ts';
import { selector } from './selector.ts';
import { service } from './service.ts';

export const PLAYBOOKS: Readonly<Record<PlaybookName, Playbook>> = {
  'fresh-volumes': freshVolumes,
  orphan,
  selector,
  expand,
  move,
  rerun,
  service,
};
