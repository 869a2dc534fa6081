/**
 * The least contrast of text with what lies behind it on a page (WCAG 2.2, relative luminance). A script that the
 * browser evaluates, in JavaScript because the project's types know no document. Text of figures is over the page: bands
 * are too faint to count.
 */
;(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  /** Any colour that CSS has, as red, green, blue, 0 to 255, and alpha, 0 to 1. */
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha / 255]
  }
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((value) => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor)
      if (colour[3] > 0.99) return colour
    }
    return [255, 255, 255, 1]
  }
  let worst = { ratio: Number.POSITIVE_INFINITY, text: '', checked: 0 }
  let checked = 0
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    const text = node.textContent.trim()
    if (text === '' || element.tagName === 'title' || element.getClientRects().length === 0) continue
    checked++
    const style = getComputedStyle(element)
    const pair = [
      luminance(rgba(element.tagName === 'text' ? style.fill : style.color)),
      luminance(behind(element)),
    ]
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)
    if (ratio < worst.ratio) worst = { ratio, text: `${text} (${element.tagName})`, checked: 0 }
  }
  return { ...worst, checked }
})()
