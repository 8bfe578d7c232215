import { cacheCompiled } from '../compile-cache.ts';

// Whatever is imported before this is compiled at every start.
cacheCompiled();
await import('./command-line.ts');
