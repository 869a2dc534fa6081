import { MaxFileSizeExceededError } from '@remix-run/multipart-parser'
import { PureGalaxyError } from '../../../errors.ts'
import { formBoundary } from '../../form-boundary.ts'
import { FormParser } from '../../form-parser.ts'
import { PART_HEADER_BYTES, partName } from '../../part-name.ts'
import { checkId } from './check-item.ts'
import type { JobItem } from './job.ts'
import type { ItemLimits } from './read-items.ts'

/** Pictures of a form, one a part, called by their file names; one part is held at a time. */
export async function* formItems(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  limits: ItemLimits,
): AsyncGenerator<JobItem, void, undefined> {
  const unlimited = Number.MAX_SAFE_INTEGER
  const parser = new FormParser(formBoundary(contentType), {
    maxHeaderSize: PART_HEADER_BYTES,
    maxFileSize: limits.pictureBytes,
    // These are counted as rows and as bytes of the body.
    maxParts: unlimited,
    maxTotalSize: unlimited,
  })
  let row = 0
  try {
    for await (const bytes of body) {
      for (const part of parser.write(bytes)) {
        const id = checkId(partName(part, row), `part ${row}`, limits)
        // A copy: a view would carry all that came with it from thread to thread.
        yield { id, picture: part.bytes.slice() }
        row++
      }
    }
    parser.finish()
  } catch (error) {
    if (error instanceof MaxFileSizeExceededError)
      throw new PureGalaxyError('api.too-large', `Part ${row} is larger than ${limits.pictureBytes} bytes.`)
    if (error instanceof PureGalaxyError) throw error
    throw new PureGalaxyError(
      'api.multipart',
      'The body is no form with that boundary, or is cut off before its end.',
      { cause: error },
    )
  }
}
