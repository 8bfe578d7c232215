/** The engines of this room. */
export { veleroBackupEngine } from './backup/backup-engine.ts';
export { veleroDrillEngine, type Drilled, type VeleroDrillEngine } from './drill/drill-engine.ts';
export { veleroLocationEngine } from './location/location-engine.ts';
export { veleroRestoreEngine } from './restore/restore-engine.ts';
export { veleroScheduleEngine } from './schedule/schedule-engine.ts';
