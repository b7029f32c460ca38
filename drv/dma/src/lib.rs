//! Memory shared with virtio devices, and queues in it that safe code can use.
