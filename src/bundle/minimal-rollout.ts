/**
 * Files of the rollout that `windlass init` writes, by path. A test keeps examples/minimal equal to them.
 *
 * @param name of the rollout; its namespace and bucket are named after it.
 */
export function minimalRollout(name: string): Readonly<Record<string, string>> {
  return {
    'rollout.yaml': `# The smallest rollout that shows every idea: two phases, the second waiting for the first and for a person.
apiVersion: windlass.dev/v1alpha1
kind: Rollout
metadata:
  name: ${name}
  description: A greeting service and a bucket for it.
spec:
  # Values that differ between environments. \${{ parameters.NAME }} puts one in, here and in manifests.
  parameters:
    replicas:
      description: Pods of the greeting service.
      default: 2
    greeting:
      description: What the service says.
      default: Hello
  # Systems that steps act on. Where they are and with which credentials is said by each environment.
  targets:
    cluster: { kind: kubernetes }
    objects: { kind: s3 }
  phases:
    - name: application
      steps:
        - name: greeter
          kind: kubernetes.apply
          target: cluster
          with:
            manifests: [manifests]
            namespace: ${name}
            readyWithin: 2m
    - name: storage
      needs: [application]
      steps:
        - name: uploads
          kind: objectstore.bucket
          target: objects
          approval:
            reason: Makes a bucket that stays, and may cost money, until somebody deletes it.
            approvers: [platform]
            expiresAfter: 4h
          with:
            bucket: ${name}-uploads
`,
    'environments/lab.yaml': `# The local lab: \`windlass lab up\` sets these variables.
apiVersion: windlass.dev/v1alpha1
kind: Environment
metadata:
  name: lab
spec:
  parameters:
    greeting: Hello from the lab
  targets:
    cluster:
      kind: kubernetes
      kubeconfig: { fromEnvFile: WINDLASS_LAB_KUBECONFIG }
    objects:
      kind: s3
      endpoint: { fromEnv: WINDLASS_LAB_S3_ENDPOINT }
      accessKey: { fromEnv: WINDLASS_LAB_S3_ACCESS_KEY }
      secretKey: { fromEnv: WINDLASS_LAB_S3_SECRET_KEY }
  decisions:
    # Outside of a lab: signatures required, and nobody approves what they started.
    signatures: optional
    selfApproval: true
    groups:
      platform: [demo]
`,
    'manifests/greeter.yaml': `apiVersion: v1
kind: Namespace
metadata:
  name: ${name}
  labels:
    pod-security.kubernetes.io/enforce: restricted
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: greeter
  labels:
    app.kubernetes.io/name: greeter
data:
  greeting: \${{ parameters.greeting }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: greeter
  labels:
    app.kubernetes.io/name: greeter
spec:
  replicas: \${{ parameters.replicas }}
  selector:
    matchLabels:
      app.kubernetes.io/name: greeter
  template:
    metadata:
      labels:
        app.kubernetes.io/name: greeter
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: greeter
          image: docker.io/hashicorp/http-echo:1.0.0
          args: ['-listen=:8080', '-text=$(GREETING)']
          env:
            - name: GREETING
              valueFrom:
                configMapKeyRef:
                  name: greeter
                  key: greeting
          ports:
            - name: http
              containerPort: 8080
          readinessProbe:
            httpGet:
              path: /
              port: http
          resources:
            requests: { cpu: 10m, memory: 16Mi }
            limits: { memory: 32Mi }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
`,
  };
}
