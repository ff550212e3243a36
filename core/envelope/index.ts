export { bucketFor, BUCKETS, ENVELOPE_BYTES_MAX, isBucket, pad, unpad } from "./padding.ts";
export { DELIVERY_TAG_BYTES, splitTag, tagKey } from "./tag.ts";
export { unveil, veil, VEIL_OVERHEAD_BYTES, VEIL_SEED_BYTES } from "./veil.ts";
