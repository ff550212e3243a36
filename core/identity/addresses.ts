import { array, type Codec, text } from "../codec/index.ts";

/** Addresses that a device says it is reached at. */
export const CARD_ADDRESSES_MAX = 4;
/** The longest address, in bytes of UTF-8. */
export const CARD_ADDRESS_BYTES_MAX = 256;

/** Where a device is reached, best first; opaque here. */
export const addressesCodec: Codec<readonly string[]> = array(text(CARD_ADDRESS_BYTES_MAX), CARD_ADDRESSES_MAX);
