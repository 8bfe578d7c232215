import { limit } from '../limit.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const SPLIT_ROLLOUT = 'Split the rollout, or take out what no step needs.';
const BUCKET = 'See who wrote the object: Velero writes none of this size. Choose another backup.';

/** What is read of servers, buckets and the store, and how long that may take. */
export const OF_SERVERS = {
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

  volumeRecord: limit(700_000, 'bytes', {
    what: 'what a drill writes down of the files of volumes, packed',
    why: 'It is kept in one Secret of at most 1 MiB, of which other parts need some.',
    next: 'Drill fewer namespaces in one step, or leave out `inspector`.',
  }),

  // Answers of servers.
  schedulerAnswer: limit(32 * MIB, 'bytes', {
    what: 'one answer of DolphinScheduler',
    why: 'A workflow of a thousand tasks with their scripts has some 2 MiB; lists come in pages.',
    next: 'Split the workflow; or see what answers there, if it is no DolphinScheduler.',
  }),
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

  s3Silence: limit(10_000, 'ms', {
    what: 'the silence of an S3 server, connecting included',
    takes: true,
    why: 'Servers that work answer within a second; the step is tried again.',
    next: 'Look whether the server is up and reachable.',
  }),
  s3Time: limit(120_000, 'ms', {
    what: 'one request of an S3 server from first to last byte',
    takes: true,
    why: 'Objects are read and written in pieces of at most 16 MiB.',
    next: 'Look at the connection to the server.',
  }),
  clusterTime: limit(60_000, 'ms', {
    what: 'the silence of an API server before and within an answer',
    takes: true,
    why: 'A request may wait in the queue of the server, and then on admission webhooks; the server itself gives up after it.',
    next: 'Look at the load of the API server and at its webhooks.',
  }),
  credentialPlugin: limit(60_000, 'ms', {
    what: 'the credentials plugin of a kubeconfig',
    takes: true,
    why: 'It asks one server for a token; one that waits for a person waits in vain where a worker runs.',
    next: 'Run the plugin by hand where the worker runs, and see what it waits for.',
  }),
  webhookTime: limit(10_000, 'ms', {
    what: 'one attempt to tell a webhook',
    takes: true,
    why: 'Receivers answer at once or not at all; it is tried again.',
    next: 'Look whether the receiver is up and reachable.',
  }),
  measureTime: limit(10_000, 'ms', {
    what: 'one measure',
    takes: true,
    why: 'A number that takes longer to tell costs its server more than it is worth.',
    next: 'Ask for something that the server knows at once.',
  }),
  measuresTime: limit(45_000, 'ms', {
    what: 'all measures of a rollout together',
    takes: true,
    why: 'A run waits for them before its first change.',
    next: 'Keep those that people look at.',
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
} as const;
