import { limit } from '../limit.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;
const SPLIT_ROLLOUT = 'Split the rollout, or take out what no step needs.';
const SPLIT = 'Split the file.';

/** What is read of files: those of rollouts, and what is rendered, downloaded and unpacked. */
export const OF_FILES = {
  // What a rollout is made of.
  rolloutFile: limit(4 * MIB, 'bytes', {
    what: 'rollout.yaml, and each file of environments',
    why: 'A thousand steps take half a MiB; all places are kept while it is checked, which takes some hundred times as much memory.',
    next: 'Split the rollout, or move what is long into files that its steps name.',
  }),
  text: limit(16 * MIB, 'bytes', {
    what: 'a manifest, values file, file of a chart or kustomization, or rendered file',
    why: 'Ten times what etcd takes of one object, and three times the largest file of definitions of the field.',
    next: SPLIT,
  }),
  largeFile: limit(64 * GIB, 'bytes', {
    what: 'a migration, which is streamed from 16 MiB on and never held',
    why: 'Data of this size is restored, and not migrated; a start reads and stores all of it.',
    next: 'Load so much data by other means, such as a restore.',
  }),
  held: limit(256 * MIB, 'bytes', {
    what: 'all files of a rollout together that are held as texts',
    why: 'All of them are in memory at once while a rollout is loaded.',
    next: SPLIT_ROLLOUT,
  }),
  entries: limit(50_000, 'entries', {
    what: 'what is looked at below the directories that steps name, links followed',
    why: 'More than twice the files that a policy lets a rollout have; links to directories can multiply few files without end.',
    next: 'Name directories that hold less, and take out links that lead to the same directory.',
  }),
  directoryDepth: limit(64, 'levels', {
    what: 'directories within each other, links followed',
    why: 'Nobody nests so deep by hand; charts within charts come to a dozen.',
    next: 'Nest directories less.',
  }),
  objects: limit(20_000, 'objects', {
    what: 'Kubernetes objects of one file',
    why: 'Twenty times what a large platform applies in one step; all of them are held and asked for one by one.',
    next: SPLIT,
  }),
  policy: limit(MIB, 'bytes', {
    what: "the worker's policy",
    why: 'A thousand signers and their groups take a third of it; it is read again whenever it changes.',
    next: 'Take out what the policy no longer needs.',
  }),
  key: limit(64 * KIB, 'bytes', {
    what: 'a private key: that of the worker, and `--key`',
    why: 'An Ed25519 key in PEM has 119 bytes; people keep comments and certificates beside it.',
    next: 'Name the file of one private key in PEM.',
  }),
  reference: limit(MIB, 'bytes', {
    what: 'the value of a reference, a kubeconfig too, and each file that a kubeconfig names',
    why: 'What Kubernetes takes of one Secret.',
    next: 'Let the reference name the file that holds the value and nothing else.',
  }),

  cycleSearch: limit(5_000_000, 'needs', {
    what: 'needs that are followed in search of a shorter cycle of steps or phases',
    why: 'A large graph of long cycles alone would take its square; the shortest that was found is told.',
    next: 'Break the cycle that is told.',
  }),
  expression: limit(1_000, 'parts', {
    what: 'parts of a CEL expression',
    why: 'The rules of the field have some dozen; each may be tried on thousands of objects.',
    next: 'Write a shorter expression, or more than one.',
  }),
  expressionDepth: limit(50, 'levels', {
    what: 'parts of a CEL expression within each other',
    why: 'Reading and checking an expression call themselves for each level.',
    next: 'Write a flatter expression.',
  }),
  measures: limit(100, 'measures', {
    what: 'the measures of a rollout',
    why: 'All of them are in its status, and are read within 45 seconds.',
    next: 'Keep those that people look at.',
  }),

  // YAML, wherever it is read.
  yamlDepth: limit(100, 'levels', {
    what: 'mappings and lists of YAML within each other',
    why: "Schemas of definitions come to fifty. Beyond some hundred, keys that are mappings take minutes, and the reader's own calls fill the stack.",
    next: 'Nest it less.',
  }),
  yamlPieces: limit(2_000_000, 'pieces', {
    what: 'marks, keys and values of one YAML file whose places are kept',
    why: 'Each takes 300 bytes of memory and some microseconds.',
    next: SPLIT,
  }),
  yamlDocuments: limit(10_000, 'documents', {
    what: 'documents of one YAML file',
    why: 'A document holds one object or a list; a reader keeps settings and places of each.',
    next: SPLIT,
  }),
  yamlMarks: limit(10_000, 'anchors and aliases', {
    what: 'anchors and aliases of one YAML document',
    why: 'The library compares each alias with all of them.',
    next: 'Write out what they stand for.',
  }),
  yamlAliasValues: limit(10_000, 'values', {
    what: 'values that aliases bring into a YAML document, beside those that are written',
    why: 'Aliases of aliases multiply: ten lines can stand for millions of values.',
    next: 'Write out what they stand for.',
  }),

  // Rendering.
  renderMemory: limit(4 * GIB, 'bytes', {
    what: 'address space of what renders a chart or kustomization',
    takes: true,
    why: 'The largest charts of the field take a tenth of it.',
    next: 'Find what the chart or kustomization makes so much of, such as a loop in its templates, and make it less.',
  }),
  renderTime: limit(120_000, 'ms', {
    what: 'one rendering',
    takes: true,
    why: 'A chart of a thousand objects takes some seconds on one core.',
    next: 'Find what the chart or kustomization makes so much of, such as a loop in its templates, and make it less.',
  }),
  renderOutput: limit(128 * MIB, 'bytes', {
    what: 'what one rendering writes',
    why: 'Eight files of the largest size; all of it is held and read as YAML.',
    next: 'Find what the chart or kustomization makes so much of, such as a loop in its templates, and make it less.',
  }),

  // Artifacts of migrations.
  artifact: limit(8 * GIB, 'bytes', {
    what: 'an artifact, as it is downloaded or copied into the cache',
    why: 'It is written to the disk of the worker before its SHA-256 can be told.',
    next: 'Have a smaller artifact published, with the migration alone.',
  }),
  archiveEntries: limit(100_000, 'entries', {
    what: 'entries of an archive that are passed over before the one that is wanted',
    why: 'The sources of large servers have fewer.',
    next: 'Pin an archive that holds fewer files.',
  }),
  archiveContent: limit(64 * GIB, 'bytes', {
    what: 'content of an archive that is unpacked on the way to the wanted file, that file too',
    why: 'As much as a migration may have. Gzip packs a thousand bytes into one, so that the size of the archive bounds nothing.',
    next: 'Pin an archive that holds less.',
  }),

  downloadTime: limit(15 * 60_000, 'ms', {
    what: 'the download of an artifact',
    takes: true,
    why: 'As much as the largest artifact takes at 10 MB a second.',
    next: 'Set a mirror that is nearer, or put the file into the cache.',
  }),
  redirects: limit(20, 'redirects', {
    what: 'the way to an artifact',
    why: 'As many as browsers follow.',
    next: 'Name the address that it ends at.',
  }),
  statement: limit(16 * MIB, 'bytes', {
    what: 'one statement of a migration',
    why: 'It is held whole, several times over, and sent as one message.',
    next: 'Write rows as COPY, or as several statements.',
  }),
} as const;
