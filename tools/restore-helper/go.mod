module windlass.dev/tools/restore-helper

go 1.26.0

tool github.com/vmware-tanzu/velero/cmd/velero-restore-helper

require github.com/vmware-tanzu/velero v1.18.3 // indirect
