import { WindlassFailure } from '../domain/failure.ts';

/** Asks for an object of Velero's. @throws WindlassFailure `UnknownKind`, saying that Velero is not installed. */
export async function requireVelero<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof WindlassFailure && error.type === 'UnknownKind' ? notInstalled(error) : error;
  }
}

function notInstalled(cause: WindlassFailure): WindlassFailure {
  const { object, missing } = cause.options;
  return new WindlassFailure('UnknownKind', 'Velero is not installed: the cluster does not know its kinds.', {
    ...(object === undefined ? {} : { object }),
    ...(missing === undefined ? {} : { missing }),
    next: 'Install Velero with its AWS plugin (velero install), or point the step at the cluster that has it.',
    cause,
  });
}
