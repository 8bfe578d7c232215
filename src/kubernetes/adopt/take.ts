import type { KubernetesAdoptSpec } from '../../domain/kinds/kubernetes-adopt.ts';
import type { Declared } from '../declare.ts';

/** Whether a field may be taken from its manager. */
export type Take = (field: string) => boolean;

/** What the step may take of one object. A path covers everything below it; the dot before it may be left out. */
export function takeOf({ take }: Pick<KubernetesAdoptSpec, 'take'>, { label, ref }: Declared): Take {
  const paths = take
    .filter(({ object }) => object === label || object === ref.kind)
    .flatMap(({ fields }) => fields.map((field) => (field.startsWith('.') ? field : `.${field}`)));
  return (field) =>
    paths.some((path) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`));
}
