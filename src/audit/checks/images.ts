import { readText } from '../../domain/json-fields.ts';
import { faultIn, type Check } from '../check.ts';
import type { Image } from '../image.ts';
import { WORKLOAD_KINDS } from '../workloads.ts';
import type { World } from '../world.ts';

/** What is run, and where it comes from. */
export const IMAGE_CHECKS: readonly Check[] = [
  ofImages(
    {
      id: 'image-tag',
      severity: 'medium',
      claim: 'every image has a version',
      mend: 'Name the version of the image: `latest` is another one tomorrow.',
      stands: ['PO tagNotSpecified', 'KL latest-tag', 'PY 100', 'PY 101'],
    },
    ({ tag, digest }) => digest === null && (tag === null || tag === 'latest'),
    'without a version',
  ),
  ofImages(
    {
      id: 'image-registry',
      severity: 'high',
      claim: 'every image comes from a registry that is allowed',
      mend: 'Mirror the image into a registry that the step lists under `registries`, or list its own.',
      stands: ['C-0078', 'PY 113'],
    },
    ({ repository }, { settings: { registries } }) =>
      registries.length > 0 &&
      !registries.some((allowed) => repository === allowed || repository.startsWith(`${allowed.replace(/\/$/, '')}/`)),
    'from a registry that is not allowed',
  ),
  ofImages(
    {
      id: 'image-digest',
      severity: 'low',
      claim: 'every image is named by its digest',
      mend: 'Name the image by its digest (NAME:TAG@sha256:...): a tag may be moved to something else.',
      stands: [],
    },
    ({ digest }) => digest === null,
    'not named by its digest',
  ),
];

function ofImages(
  check: Pick<Check, 'id' | 'severity' | 'claim' | 'mend' | 'stands'>,
  isWrong: (image: Image, world: World) => boolean,
  words: string,
): Check {
  return {
    ...check,
    needs: WORKLOAD_KINDS,
    *find(world) {
      for (const { object, containers } of world.workloads) {
        const images = containers.flatMap(({ fields }) => readText(fields, 'image') ?? []);
        const wrong = images.map((image) => world.image(image)).filter((image) => isWrong(image, world));
        if (wrong.length > 0)
          yield faultIn(object, `runs ${[...new Set(wrong.map(({ written }) => written))].join(', ')}, ${words}`);
      }
    },
  };
}
