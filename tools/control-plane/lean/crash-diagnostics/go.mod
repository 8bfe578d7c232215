module github.com/vmware-tanzu/crash-diagnostics

go 1.24
