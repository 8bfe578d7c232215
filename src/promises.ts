import v8 from 'node:v8';
import { isMainThread } from 'node:worker_threads';

// Loaded before anything else into each thread of a worker (see worker-process.ts).
//
// Temporal's SDK has V8 tell it of every promise of every workflow, and keeps for each one that waits the stack that made it, looked up in
// the source map: that answers the query `__stack_trace`, and takes a good part of a worker's time and of the memory of each workflow
// that it keeps. Ours say what they wait for in their details and their status. Errors keep their stacks.
if (!isMainThread) v8.promiseHooks.createHook = () => () => undefined;
