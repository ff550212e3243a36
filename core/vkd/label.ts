import { assert } from "../safety/index.ts";
import { ascii, VRF_OUTPUT_BYTES } from "../suite/index.ts";
import { INDEX_BYTES } from "./tree/index.ts";

export const LABEL_BYTES_MAX = 64;
/** The newest version that a label can have; versions count from 1. */
export const VERSIONS_MAX = 65_535;

const LABEL = /^[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?$/u;
const INPUT_DOMAIN = ascii("chhaya vkd label v1\0");

/** Whether `text` can name somebody. ASCII in lower case only: no two labels look alike, and each has one spelling. */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/** A version that a label can have. */
export function isVersion(version: number): boolean {
  return Number.isInteger(version) && version >= 1 && version <= VERSIONS_MAX;
}

/**
 * What the directory's VRF is evaluated at: domain ‖ length of the label u8 ‖ label ‖ version u32. Asserts that
 * {@link isLabel} holds and that the version is one, or the absent successor of the newest possible.
 */
export function labelInput(label: string, version: number): Uint8Array {
  assert(isLabel(label), "not a label");
  assert(isVersion(version) || version === VERSIONS_MAX + 1, "version out of range");
  const input = new Uint8Array(INPUT_DOMAIN.length + 1 + label.length + 4);
  input.set(INPUT_DOMAIN);
  input[INPUT_DOMAIN.length] = label.length;
  input.set(ascii(label), INPUT_DOMAIN.length + 1);
  new DataView(input.buffer).setUint32(input.length - 4, version);
  return input;
}

/** The place of a label's version in the tree, 32 bytes: the first half of the VRF output (64 bytes). */
export function indexOf(output: Uint8Array): Uint8Array {
  assert(output.length === VRF_OUTPUT_BYTES, "VRF output of a wrong length");
  return output.slice(0, INDEX_BYTES);
}

/** The largest power of two up to `version`. Registered with or before it, so its presence bounds what is newer. */
export function markerOf(version: number): number {
  assert(isVersion(version), "version out of range");
  return 2 ** (31 - Math.clz32(version));
}

/**
 * The versions whose absence shows that nothing newer than `latest` could be passed off on anybody, ascending: each
 * one up to the next power of two, which a lookup of it would need absent as a successor, and that power and its
 * doubles, one of which a lookup of anything beyond would need present as a marker (SEEMless, its marker versions).
 */
export function futureVersions(latest: number): readonly number[] {
  const next = markerOf(latest) * 2;
  const versions: number[] = [];
  for (let version = latest + 1; version < next; version++) versions.push(version);
  for (let marker = next; marker <= VERSIONS_MAX; marker *= 2) versions.push(marker);
  return versions;
}
