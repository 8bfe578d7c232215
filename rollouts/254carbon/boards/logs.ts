import { board, choice, logLines, logs } from './panels.ts';

export const logBoard = board({
  uid: 'logs',
  title: 'Logs',
  description: 'What containers of the platform wrote, kept for 30 days.',
  choices: [
    choice('namespace', 'Namespace', 'label_values(namespace)', 'logs'),
    choice('app', 'Application', 'label_values({namespace=~"$namespace"}, app)', 'logs'),
  ],
  rows: [
    {
      title: 'How much',
      panels: [
        logLines({
          title: 'Lines',
          description: 'By application. One that is suddenly silent is as telling as one that is loud.',
          unit: 'cps',
          queries: [['sum by (app) (rate({namespace=~"$namespace", app=~"$app"} [$__auto]))', '{{app}}']],
        }),
        logLines({
          title: 'Lines that tell of errors',
          description: 'By application.',
          unit: 'cps',
          queries: [
            [
              'sum by (app) (rate({namespace=~"$namespace", app=~"$app"} |~ "(?i)\\\\b(error|fatal|panic|exception)\\\\b" [$__auto]))',
              '{{app}}',
            ],
          ],
        }),
        logLines({
          title: 'Volume',
          description: 'Bytes by namespace: what fills the store.',
          unit: 'Bps',
          queries: [['sum by (namespace) (bytes_rate({namespace=~"$namespace"} [$__auto]))', '{{namespace}}']],
        }),
        logLines({
          title: 'Tasks that failed',
          description: 'Lines of DolphinScheduler’s workers that end a task with a failure.',
          queries: [
            [
              'sum(count_over_time({namespace="data-platform", app="dolphinscheduler"} |= "FAILURE" != "DEBUG" [$__auto]))',
              'failures',
            ],
          ],
        }),
      ],
    },
    {
      title: 'Lines',
      panels: [
        logs({
          title: 'Errors',
          description: 'Lines that name an error, whatever their form.',
          query: '{namespace=~"$namespace", app=~"$app"} |~ "(?i)\\\\b(error|fatal|panic|exception)\\\\b"',
        }),
        logs({
          title: 'Everything',
          description: 'All lines of what is chosen above.',
          query: '{namespace=~"$namespace", app=~"$app"}',
        }),
      ],
    },
  ],
});
