/** Pixels of a picture, uint8 RGB, height × width × 3. */
export interface Pixels {
  readonly data: Uint8Array
  readonly height: number
  readonly width: number
}

/**
 * Pixels of a picture file, transparent ones over black as the server has them.
 *
 * @returns undefined where the browser cannot draw it, or nobody could
 */
export async function decodePicture(file: Blob): Promise<Pixels | undefined> {
  const bitmap = await createImageBitmap(file).catch(() => undefined)
  if (bitmap === undefined) return undefined
  const { height, width } = bitmap
  const context = drawing(height, width)
  context.fillStyle = '#000'
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  const { data: rgba } = context.getImageData(0, 0, width, height)
  const data = new Uint8Array(height * width * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    data[to] = rgba[from]!
    data[to + 1] = rgba[from + 1]!
    data[to + 2] = rgba[from + 2]!
  }
  return { data, height, width }
}

/** A PNG file of pixels, without loss. */
export function encodePng(pixels: Pixels): Promise<Blob> {
  const context = drawing(pixels.height, pixels.width)
  context.putImageData(imageData(pixels), 0, 0)
  return context.canvas.convertToBlob({ type: 'image/png' })
}

/** Shows pixels on a canvas of the page. */
export function showPixels(canvas: HTMLCanvasElement, pixels: Pixels): void {
  canvas.width = pixels.width
  canvas.height = pixels.height
  canvas.getContext('2d')!.putImageData(imageData(pixels), 0, 0)
}

function imageData({ data, height, width }: Pixels): ImageData {
  const image = new ImageData(width, height)
  const { data: rgba } = image
  rgba.fill(255)
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    rgba[to] = data[from]!
    rgba[to + 1] = data[from + 1]!
    rgba[to + 2] = data[from + 2]!
  }
  return image
}

const drawing = (height: number, width: number): OffscreenCanvasRenderingContext2D =>
  new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
