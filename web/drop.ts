/**
 * Takes files that are dropped anywhere on the page, which a browser would otherwise open in the page's place.
 *
 * @param tell told what is wrong with a drop that brings no picture, in words
 */
export function takeDroppedFiles(take: (file: File) => void, tell: (problem: string) => void): void {
  const { classList } = document.documentElement
  addEventListener('dragover', (event) => {
    event.preventDefault()
    classList.add('dragging')
  })
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) classList.remove('dragging')
  })
  addEventListener('drop', (event) => {
    event.preventDefault()
    classList.remove('dragging')
    const [file, ...others] = event.dataTransfer?.files ?? []
    if (file === undefined) tell('What was dropped is no file. Save the picture, then drop its file.')
    else if (others.length > 0)
      tell('The page takes one picture at a time. For many use puregalaxy classify.')
    else take(file)
  })
}
