import { dataPlatformHealth } from './data-platform-health.ts';
import { dolphinschedulerOperations } from './dolphinscheduler-operations.ts';
import { externalAccess } from './external-access.ts';
import { logBoard } from './logs.ts';
import { platformOverview } from './platform-overview.ts';
import { rollouts } from './rollouts.ts';

const BOARDS = [platformOverview, dataPlatformHealth, dolphinschedulerOperations, externalAccess, rollouts, logBoard];

/** ConfigMaps with the boards, by the name of their file in `manifests/boards`: each is the file's whole text. */
export function boardManifests(): ReadonlyMap<string, string> {
  return new Map(
    BOARDS.map((board) => {
      const name = board.uid ?? '';
      const json = JSON.stringify(board, null, 2).replace(/^/gm, '    ');
      return [
        `${name}.yaml`,
        `# Made by \`node rollouts/254carbon/boards/write.ts\` from boards/${name}.ts: change that, and run it again.
apiVersion: v1
kind: ConfigMap
metadata:
  name: board-${name}
  namespace: monitoring
  labels:
    app.kubernetes.io/name: grafana
    app.kubernetes.io/component: board
    app.kubernetes.io/part-of: data-platform
data:
  ${name}.json: |
${json}
`,
      ];
    }),
  );
}
