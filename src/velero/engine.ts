/** The engines of this room. */
export { veleroBackupEngine } from './backup/engine.ts';
export { veleroDrillEngine, type Drilled, type VeleroDrillEngine } from './drill/engine.ts';
export { veleroLocationEngine } from './location/engine.ts';
export { veleroRestoreEngine } from './restore/engine.ts';
export { veleroScheduleEngine } from './schedule/engine.ts';
