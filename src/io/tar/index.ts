/**
 * Tar archives, as they are or compressed with gzip or xz: read once from front to back, or indexed so that members of an
 * uncompressed one are read at random. Nothing is ever unpacked under a member's name. Not here: what the members mean.
 */
export { type IndexTarOptions, indexTar, readTarMember, type TarIndex } from './index-tar.ts'
export { type ArchiveCompression, openDecompressed, sniffArchive } from './open-decompressed.ts'
export { readTarStream, type TarMember } from './read-tar-stream.ts'
export { unpackToTar } from './unpack-to-tar.ts'
