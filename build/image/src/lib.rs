//! Linking, descriptors, the finished image.
