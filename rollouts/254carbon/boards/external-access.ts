import { board, lines, number } from './panels.ts';

export const externalAccess = board({
  uid: 'external-access',
  title: 'External Access',
  description: 'The way in: Cloudflare, the tunnel, the ingress controller, and the certificates of the hosts.',
  rows: [
    {
      title: 'Now',
      panels: [
        number({
          title: 'Connections to the edge',
          description: 'Two pods keep four each. Below two, one more loss closes the way in.',
          thresholds: [
            [null, 'red'],
            [2, 'orange'],
            [8, 'green'],
          ],
          query: 'sum(cloudflared_tunnel_ha_connections)',
        }),
        number({
          title: 'Pods of the tunnel',
          description: 'Of two, those that answer.',
          thresholds: [
            [null, 'red'],
            [1, 'orange'],
            [2, 'green'],
          ],
          query: 'sum(up{job="cloudflared"})',
        }),
        number({
          title: 'Pods of the controller',
          description: 'Of two, those that answer.',
          thresholds: [
            [null, 'red'],
            [1, 'orange'],
            [2, 'green'],
          ],
          query: 'sum(up{job="nginx-ingress"})',
        }),
        number({
          title: 'Hosts',
          description: 'Ingresses that the controller serves; there are twelve.',
          thresholds: [
            [null, 'red'],
            [12, 'green'],
          ],
          query: 'max(sum by (instance) (nginx_ingress_controller_ingress_resources_total))',
        }),
        number({
          title: 'Until a certificate ends',
          description: 'The next one. They are renewed a month before.',
          unit: 's',
          thresholds: [
            [null, 'red'],
            [604_800, 'orange'],
            [1_814_400, 'green'],
          ],
          query: 'min(certmanager_certificate_expiration_timestamp_seconds) - time()',
        }),
        number({
          title: 'Certificates that are not ready',
          description: 'Their hosts are served with an old one, or none.',
          thresholds: [
            [null, 'green'],
            [1, 'red'],
          ],
          query: 'sum(certmanager_certificate_ready_status{condition!="True"}) or vector(0)',
        }),
      ],
    },
    {
      title: 'Tunnel',
      panels: [
        lines({
          title: 'Connections to the edge',
          description: 'By pod: four each.',
          queries: [['sum by (pod) (cloudflared_tunnel_ha_connections)', '{{pod}}']],
        }),
        lines({
          title: 'Requests through the tunnel',
          description: 'And those that could not be handed on.',
          unit: 'reqps',
          queries: [
            ['sum(rate(cloudflared_tunnel_total_requests[$__rate_interval]))', 'requests'],
            ['sum(rate(cloudflared_tunnel_request_errors[$__rate_interval]))', 'errors'],
          ],
        }),
        lines({
          title: 'Answers through the tunnel',
          description: 'By status.',
          unit: 'reqps',
          queries: [
            ['sum by (status_code) (rate(cloudflared_tunnel_response_by_code[$__rate_interval]))', '{{status_code}}'],
          ],
        }),
      ],
    },
    {
      title: 'Ingress controller',
      panels: [
        lines({
          title: 'Requests',
          description: 'By pod of the controller.',
          unit: 'reqps',
          queries: [['sum by (pod) (rate(nginx_http_requests_total[$__rate_interval]))', '{{pod}}']],
        }),
        lines({
          title: 'Connections',
          description: 'Open ones, and those that are being written to.',
          queries: [
            ['sum(nginx_connections_active)', 'open'],
            ['sum(nginx_connections_writing)', 'being written to'],
          ],
        }),
        lines({
          title: 'Configurations taken',
          description: 'One that failed leaves the hosts as they were before.',
          queries: [
            ['sum(increase(nginx_ingress_controller_nginx_reloads_total[5m]))', 'taken'],
            ['sum(increase(nginx_ingress_controller_nginx_reload_errors_total[5m]))', 'failed'],
          ],
        }),
        lines({
          title: 'Until certificates end',
          description: 'By certificate.',
          unit: 's',
          queries: [
            [
              'min by (namespace, name) (certmanager_certificate_expiration_timestamp_seconds) - time()',
              '{{namespace}}/{{name}}',
            ],
          ],
        }),
        lines({
          title: 'Pods behind the hosts',
          description: 'Ready pods of whatever a host leads to.',
          queries: [
            [
              'sum by (namespace, deployment) (kube_deployment_status_replicas_ready{deployment=~"dolphinscheduler-api|trino-coordinator|grafana|superset-web|lakefs|spark-history-server|iceberg-rest"})',
              '{{deployment}}',
            ],
          ],
          span: 16,
        }),
      ],
    },
  ],
});
