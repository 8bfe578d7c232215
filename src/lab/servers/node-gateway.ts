import { connect } from 'node:net';
import { makeBridge, removeBridge } from '../node/bridge.ts';
import { nodeNames } from '../node/names.ts';
import { LOOPBACK } from '../ports.ts';
import { reasonOf } from '../probe.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';
import { s3Port } from './object-store.ts';

/**
 * The bridge of the real node's pods, and on its address (one of this machine only) what pods may need of the lab, the
 * API server and S3, at the ports that they have on loopback; beside them the kubelet, which the API server looks for there.
 */
export const nodeGateway: ServerDefinition = {
  name: 'node-gateway',
  title: "the lab's servers for pods",
  needs: ['kube-apiserver', 'minio', 'seaweedfs'],
  tools: ['node-pod'],
  ports: [],
  prepare: (context) => {
    makeBridge(nodeNames(context.paths));
    return Promise.resolve();
  },
  command: (context) => ({
    program: context.tool('node-pod'),
    args: [
      'forward',
      ...ports(context).flatMap((port) => [`${address(context)}:${String(port)}`, `${LOOPBACK}:${String(port)}`]),
    ],
  }),
  unready: async (context) => {
    const answers = await Promise.all(ports(context).map((port) => refusal(address(context), port)));
    return answers.find((answer) => answer !== undefined);
  },
  cleanUp: (paths) => {
    removeBridge(nodeNames(paths).bridge);
    return Promise.resolve();
  },
};

function address({ paths }: ServerContext): string {
  return nodeNames(paths).gateway;
}

function ports(context: ServerContext): number[] {
  return [context.port('kube-apiserver', 'https'), s3Port(context), context.port('kubelet', 'https')];
}

/** Why nobody can connect, or undefined. */
function refusal(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer within 5 s')));
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error) => {
      resolve(`${host}:${String(port)} does not answer: ${reasonOf(error)}`);
    });
  });
}
