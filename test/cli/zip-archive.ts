import { crc32, deflateRawSync } from 'node:zlib';

/** What is put into an archive; what is said of it may be a lie. */
export interface ZipEntry {
  readonly name: string;
  readonly content: string | Buffer;
  /** Default: deflated. */
  readonly stored?: boolean;
  /** Unix mode, such as 0o120777 for a symbolic link. */
  readonly mode?: number;
  readonly statedSize?: number;
  readonly statedCrc32?: number;
  readonly flags?: number;
}

/** A ZIP archive, byte by byte, so that a test can write broken ones. */
export function zipArchive(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored, mode = 0o100644, statedSize, statedCrc32, flags = 0 } of entries) {
    const plain = Buffer.from(content);
    const packed = stored ? plain : deflateRawSync(plain);
    const spelled = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800 | flags, 2);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    common.writeUInt32LE(statedCrc32 ?? crc32(plain), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(statedSize ?? plain.length, 18);
    common.writeUInt16LE(spelled.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, spelled, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((mode << 16) >>> 0) as number, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, rest, spelled]));
    parts.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listed, end]);
}
