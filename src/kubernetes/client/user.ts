import type { KubeConfig, User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import type { Json } from '../../domain/json.ts';
import { yamlBeyond } from '../../manifests/yaml-bounds.ts';
import { readList, readText } from '../../domain/json-fields.ts';

/** What Kubernetes defines of `exec` in a user of a kubeconfig, as far as we add to it. */
interface Exec {
  readonly apiVersion?: string;
  readonly provideClusterInfo?: boolean;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
}

/**
 * Gives the current user what the library leaves out of a kubeconfig: `tokenFile`, which it knows under another name
 * only, and the `KUBERNETES_EXEC_INFO` that credential plugins are promised.
 *
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/,
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function completeUser(config: KubeConfig, text: string): void {
  const user = config.getCurrentUser();
  if (user === null) return;
  const tokenFile = tokenFileOf(user.name, text);
  const exec = user.exec as Exec | undefined;
  const completed: User = {
    ...user,
    // The file goes before a token that stands beside it.
    ...(tokenFile === undefined ? {} : { token: '', authProvider: { name: 'tokenFile', config: { tokenFile } } }),
    ...(exec === undefined ? {} : { exec: { ...exec, env: [...(exec.env ?? []), execInfo(config, exec)] } }),
  };
  config.users = config.users.map((other) => (other === user ? completed : other));
}

function tokenFileOf(name: string, text: string): string | undefined {
  if (!text.includes('tokenFile') || yamlBeyond(text) !== null) return undefined;
  const users = readList(parse(text) as Json, 'users');
  return readText(
    users.find((user) => readText(user, 'name') === name),
    'user',
    'tokenFile',
  );
}

function execInfo(config: KubeConfig, exec: Exec): { name: string; value: string } {
  const cluster = config.getCurrentCluster();
  const told =
    exec.provideClusterInfo === true && cluster !== null
      ? {
          server: cluster.server,
          'certificate-authority-data': cluster.caData,
          'tls-server-name': cluster.tlsServerName,
          'insecure-skip-tls-verify': cluster.skipTLSVerify,
        }
      : undefined;
  const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false, cluster: told } };
  return { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) };
}
