/** What algorithms work on: bytes of one box of voxels, x fastest, then y, then z. */
export interface Box {
  /** Numbers of columns, rows and images. */
  size: readonly [number, number, number];
}

export interface Mask extends Box {
  /** 1 inside, 0 outside. */
  voxels: Uint8Array;
}

export function emptyMask(size: Box["size"]): Mask {
  return { size, voxels: new Uint8Array(size[0] * size[1] * size[2]) };
}
