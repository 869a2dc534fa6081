import { gunzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/** An uncompressed tar of files with the given contents, as tar-stream writes it. */
export async function tarOf(
  files: Iterable<readonly [name: string, content: string | Uint8Array]>,
): Promise<Buffer> {
  const archive = pack()
  for (const [name, content] of files) archive.entry({ name }, Buffer.from(content))
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The members of the archives below: one short name and one of 214 bytes, which no plain header holds. */
export const FOREIGN_MEMBERS: readonly (readonly [name: string, content: string])[] = [
  [`${'long'.repeat(30)}/cat/${'n'.repeat(90)}.txt`, 'world'],
  ['train/cat/a.txt', 'hello'],
]

/*
 * Archives that GNU tar 1.34 and XZ Utils 5.4 made of those two files, with leading "./" and folders:
 *   tar --format=gnu|pax --sort=name --mtime=@0 -cf - ./* | gzip -9n  (xz -9e --check=crc32)
 */
const GNU_GZIP = [
  'H4sIAAAAAAACA+2X0Q6CIBiFeRSfAPlV4LYH8CVctXIx2YhWjx/W1oUumxdg5fk2BxPuzs75Dzzn+aa23aFuuxOLgwioqnqsgeEq',
  'SL/Onv+JlJAsq1kCLmffuCxjzlo/de/T+Y/CcxPEX+LLGViH/r2ptZRv/T/al1XV+1/C/wn0Xz7/i6H+RFKXyP8/z/9t4zEDkP/I',
  '/7Xnf1kq9P915n8XDe5vHvH+Nfk/5X8h5Dj/C5YJ+D86V+vMDjZYsf+9a9ouahGf3f9IaKXR/1LqH/MxNl9/kqESQv/E+jeROtPs',
  '+U+FJMz/JBz3xliMQQAAAAAAAAD4e+5aoGCqACgAAA==',
].join('')
const PAX_GZIP = [
  'H4sIAAAAAAACA+2XwYrCMBRFs/Yr+gVtkpc0q9m79BeClnGgNEOM2M83VRBsUXGRWOw9EBraQiiXd95rWW1sv27srvGHqnXdb4LF',
  'I7VSjF8ZX7nk+ra/3CepZc2KnmXgeAjWx+PZMhFExb8N+58yVfovV7Vi4FPkiH0oaqP1w/qf7EmbqIRC56x/71x49t6r5+OPQ/53',
  '+T/1vxBj/xsl4P88/jcf9//WBvQA+B/+X6j/SZmJ/zXB/zmQJGbh/y4ZZegDusuc659P/v+j/yUrOPyfnJPz7Q5lsOD6D97+dVXK',
  'M96e/4SUtcH8lzP/oQfPJ3/iVCP/3PnbYVRKlP9b/V+oqAD0/xzsm7Z1aIMAAAAAAAAA8PWcAT/VrJoAKAAA',
].join('')
const GNU_XZ = [
  '/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4Cf/AOJdABcL3ASATDlakwkrY1LONP4eMyD4yz7cZk19PpNtDokBaIVAMfeEr/rLAVWh',
  'VGQp8cVCQmeo8apJywTXHcSWZ//s3HjP4AFhXX+PAtIOYwugQNEOFGyQlIyXbl0UbbTsjeovZ/wdbUO08/6Xq6S6H6O+UUzYRTRR',
  'SW2dP9Gok2oBscRlp2h6VWY+clH9HGJuaqA9k7l7nEWbe/HCSocUF3wgZjMDWSmR7z1MVOKsuSiuSFPMZMc2ixjhdpCpPYRHOH/r',
  'DUBFVuqG0D/a+5m5v6xhPAB4dTPad44aklwuOTZLgAAAAABaoGCqAAH6AYBQAACZX9nLPjANiwIAAAAAAVla',
].join('')

export const gnuTar = (): Buffer => gunzipSync(Buffer.from(GNU_GZIP, 'base64'))
export const paxTar = (): Buffer => gunzipSync(Buffer.from(PAX_GZIP, 'base64'))
export const gnuTarXz = (): Buffer => Buffer.from(GNU_XZ, 'base64')
