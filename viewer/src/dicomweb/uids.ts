/** Unique identifiers from UUIDs under the root 2.25. Source: DICOM PS3.5 annex B.2 (UUID Derived UID). */

/** Return a UID that nobody has used before. */
export function newUid(): string {
  return uidOfUuid(crypto.randomUUID());
}

/** Return the UID of a UUID in its usual form, 8-4-4-4-12 hexadecimal digits. */
export function uidOfUuid(uuid: string): string {
  return `2.25.${BigInt(`0x${uuid.replace(/-/g, "")}`)}`;
}
