// Package types has the shapes that the AWS plugin's volume snapshotter names, and no others.
package types

// ResourceType says what a tag is put on.
type ResourceType string

// What the volume snapshotter tags.
const (
	ResourceTypeSnapshot ResourceType = "snapshot"
	ResourceTypeVolume   ResourceType = "volume"
)

// VolumeType is the name of a kind of volume.
type VolumeType string

// Tag is a key with its value.
type Tag struct{ Key, Value *string }

// TagSpecification says which tags a new resource gets.
type TagSpecification struct {
	ResourceType ResourceType
	Tags         []Tag
}

// Snapshot is a copy of a volume.
type Snapshot struct {
	Encrypted *bool
	Tags      []Tag
}

// Volume is a disk.
type Volume struct {
	Iops       *int32
	Tags       []Tag
	VolumeType VolumeType
}
