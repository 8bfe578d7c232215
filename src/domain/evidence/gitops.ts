import { kind } from './kind.ts';

/** Where an export lies. `repository` has neither user nor password. */
interface Exported {
  readonly repository: string;
  readonly branch: string;
  readonly path: string;
}

interface ExportSeen {
  /** Null while there is no such branch. */
  readonly commit: string | null;
  readonly files: number;
  /** Secrets of which only names stand there. */
  readonly placeholders: number;
  /** What differs; empty where it holds. */
  readonly faults: readonly string[];
}

interface DriftSeen {
  readonly objects: number;
  readonly faults: readonly string[];
}

/** What exports claim. */
export const GITOPS = {
  'gitops-exported': kind<Exported, ExportSeen>({
    subject: ({ repository, branch }) => `branch ${branch} of ${repository}`,
    claim: ({ path }, { files }) => `has all ${files} files of the export in ${path}`,
  }),

  'gitops-drift': kind<Exported & { readonly cluster: string }, DriftSeen>({
    subject: ({ cluster }) => `cluster ${cluster}`,
    claim: ({ repository, branch, path }, { objects }) =>
      `is as the ${objects} objects in ${path} of ${repository}, branch ${branch}, say`,
  }),
};
