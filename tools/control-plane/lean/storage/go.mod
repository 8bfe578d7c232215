module cloud.google.com/go/storage

go 1.24

require google.golang.org/api v0.283.0
