//! A virtio block device, without a task around it.
