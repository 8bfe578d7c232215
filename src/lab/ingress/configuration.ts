import type { Answer } from './answers.ts';
import type { Backend, Route, Site } from './sites.ts';

/** Files that the configuration includes: where a server listens depends on the lab, and moves with it. */
export const LISTEN = {
  others: 'listen-others.conf',
  http: 'listen-http.conf',
  https: 'listen-https.conf',
} as const;

/** The header that says who answered: `minio/console`, or that nothing real stands there. */
const SAYS = 'x-windlass-lab';

/**
 * The servers of nginx for these sites.
 *
 * @param certificateOf the file with the certificate and key of a site, if it has one.
 */
export function serversFor(
  sites: readonly Site[],
  answerOf: (backend: Backend) => Answer,
  certificateOf: (site: Site) => string | null,
): string {
  return sites.map((site) => serverFor(site, answerOf, certificateOf(site))).join('\n');
}

function serverFor(site: Site, answerOf: (backend: Backend) => Answer, certificate: string | null): string {
  const { host, routes, fallback } = site;
  const listen =
    host === null
      ? [`include ${LISTEN.others};`]
      : [
          `include ${LISTEN.http};`,
          ...(certificate === null
            ? []
            : [
                `include ${LISTEN.https};`,
                `ssl_certificate ${quoted(certificate)};`,
                `ssl_certificate_key ${quoted(certificate)};`,
              ]),
          `server_name ${nameOf(host)};`,
        ];
  const exact = new Set(routes.flatMap((route) => (route.exact ? [route.path] : [])));
  const locations = routes.flatMap((route) =>
    locationsOf(route, exact).map((location) => `location ${location} { ${answering(answerOf(route.backend))} }`),
  );
  const isWhole = routes.some((route) => !route.exact && route.path === '');
  const rest = fallback === null ? `return 404 ${said(unknownIn(host))};` : answering(answerOf(fallback));
  const lines = [...listen, ...locations, ...(isWhole ? [] : [`location / { ${rest} }`])];
  return ['server {', ...lines.map((line) => `  ${line}`), '}', ''].join('\n');
}

/** A prefix stands for itself and for all that is below it; an exact path goes before it. */
function locationsOf({ path, exact }: Route, allExact: ReadonlySet<string>): readonly string[] {
  if (exact) return [`= ${quoted(path)}`];
  if (path === '') return ['/'];
  return [quoted(`${path}/`), ...(allExact.has(path) ? [] : [`= ${quoted(path)}`])];
}

function answering(answer: Answer): string {
  if ('address' in answer)
    return `add_header ${SAYS} ${quoted(answer.server)} always; proxy_pass http://${answer.address};`;
  const says = answer.nothingReal ? `add_header ${SAYS} nothing-real always; ` : '';
  return `${says}return 503 ${said(answer.why)};`;
}

/** A text for people, in which nginx looks for variables of its own. */
function said(text: string): string {
  return quoted(`${text.replaceAll('$', '')}\n`);
}

function unknownIn(host: string | null): string {
  return host === null ? 'No Ingress of this lab has this host.' : `No Ingress of this lab has this path of ${host}.`;
}

/** nginx lets `*` stand for many labels, Kubernetes for one. */
function nameOf(host: string): string {
  return host.startsWith('*.') ? quoted(`~^[^.]+${host.slice(1).replaceAll('.', '\\.')}$`) : host;
}

/** One word of nginx's language. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
