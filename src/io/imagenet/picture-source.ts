/** Pictures by name, wherever they lie: `<class>/<picture>`, or `<part>/<class>/<picture>`. */
export interface PictureSource {
  /** The folder or archive that was opened. */
  readonly path: string
  /** Changes when an archive does; empty for folders, which have nothing cheap to tell by. */
  readonly identity: string
  /** Names of folders directly under `folder` (`''`: the top), sorted. */
  folders(folder: string): Promise<string[]>
  /** Names of pictures directly in `folder`, sorted. */
  pictures(folder: string): Promise<string[]>
  /** What `decodePicture` takes: the path of a picture, or its bytes. */
  open(name: string): Promise<string | Uint8Array>
  close(): Promise<void>
}

/** By code unit, the same on every machine. */
export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
