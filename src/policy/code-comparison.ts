/** A file of an add-on: its path within the add-on, with "/", its size in bytes and the SHA-256 of its bytes in hexadecimal. */
export interface FileDigest {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}
