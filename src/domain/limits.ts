import { limit, type Limit } from './limit.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

const SPLIT = 'Split the file.';
const SPLIT_ROLLOUT = 'Split the rollout, or take out what no step needs.';
const BUCKET = 'See who wrote the object: Velero writes none of this size. Choose another backup.';

/**
 * Everything that is read and was written outside has a limit here, so that no file, server or message fills the memory, the
 * disk or the time of who reads it. `limits` of a policy make some of them smaller.
 */
export const LIMITS = {
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

  // What Velero and others put into buckets.
  bucketObject: limit(64 * MIB, 'bytes', {
    what: 'an object of a bucket that is read whole, such as a list of what a backup holds',
    why: 'The list of a backup of a million objects, packed, is several times smaller.',
    next: BUCKET,
  }),
  unpacked: limit(256 * MIB, 'bytes', {
    what: 'lists, results and logs of Velero, and the journal of a drill, once unpacked',
    why: 'The list of a backup of a million objects has less than half of it. Gzip packs a thousand bytes into one.',
    next: BUCKET,
  }),

  // Answers of servers.
  json: limit(4 * MIB, 'bytes', {
    what: 'JSON that a probe or measure is answered over HTTP',
    why: 'One value of it is asked for; answers of Prometheus that hold one number have some hundred bytes.',
    next: 'Ask for less: another path, or a query that gives one value.',
  }),
  jsonDepth: limit(500, 'levels', {
    what: 'lists and objects of JSON within each other, in what probes, measures and the record read',
    why: 'Whatever walks over a value calls itself for each level, and the stack ends at some thousands.',
    next: 'Ask for less, or find out who wrote it.',
  }),
  body: limit(MIB, 'characters', {
    what: 'of a body, what is searched for the text that a probe expects',
    why: 'What a page says of its state stands at its beginning; the rest is not read.',
    next: 'Expect a text that stands nearer to the beginning.',
  }),
  webhookAnswer: limit(64 * KIB, 'bytes', {
    what: 'of the answer of a webhook, what is read before the connection is given up',
    why: 'Its status is all that counts.',
    next: 'Nothing: the rest is not read.',
  }),
  s3Answer: limit(16 * MIB, 'bytes', {
    what: 'an answer of an S3 server that is no content of an object',
    why: 'A page of a list has a thousand keys of at most 1,024 bytes, each written in some 2 KiB.',
    next: 'Look at what answers at the endpoint: no S3 server says so much.',
  }),
  clusterAnswer: limit(256 * MIB, 'bytes', {
    what: 'one answer of an API server, or one event of a watch',
    why: 'A page of a list has 500 objects of at most 1.5 MiB, which seldom come to a tenth of that.',
    next: 'Find out which objects of this kind are so large, and make them smaller.',
  }),
  podLog: limit(64 * MIB, 'bytes', {
    what: 'the log of a pod that lists the files of a volume',
    why: 'Half a million files, each with its digest; a journal of a drill holds fewer.',
    next: 'Drill fewer or smaller volumes in one step.',
  }),

  // The store.
  entry: limit(32 * MIB, 'bytes', {
    what: 'an entry of the record',
    why: 'No plan comes near.',
    next: 'Find out who wrote to the store.',
  }),
  entryId: limit(KIB, 'bytes', {
    what: 'an id of the record',
    why: 'It holds one digest.',
    next: 'Find out who wrote to the store.',
  }),
  bundle: limit(64 * MIB, 'bytes', {
    what: 'the document of a bundle',
    why: 'Twenty thousand files and a thousand steps take a tenth of it.',
    next: SPLIT_ROLLOUT,
  }),
} as const satisfies Readonly<Record<string, Limit>>;
