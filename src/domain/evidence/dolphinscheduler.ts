import { kind } from './kind.ts';

/** A workflow of a project. */
interface InProject {
  readonly project: string;
  readonly workflow: string;
}

/** What the engine of DolphinScheduler claims. */
export const DOLPHINSCHEDULER = {
  /** A project, or what its workflows lean on: `environment spark`. */
  'scheduler-object': kind<
    { readonly object: string },
    { readonly exists: boolean; readonly differs: readonly string[] }
  >({
    subject: ({ object }) => object,
    claim: () => 'is as declared',
  }),

  'workflow-declared': kind<
    InProject,
    { readonly version: number | null; readonly online: boolean; readonly differs: readonly string[] }
  >({
    subject: ({ workflow }) => `workflow ${workflow}`,
    claim: ({ project }) => `stands in project ${project} as its file says`,
  }),

  'workflow-ran': kind<
    InProject,
    {
      readonly version: number | null;
      /** Of the newest run of that version; null where there is none. */
      readonly run: string | null;
      readonly state: string | null;
      readonly started: string | null;
      readonly ended: string | null;
    }
  >({
    subject: ({ workflow }) => `workflow ${workflow}`,
    claim: () => 'its version at hand has run to success',
  }),
};
