import { element } from './elements.ts'

/** The key that goes with every request; this variable is the only place where it is kept. */
let key: string | undefined

export function authorization(): Readonly<Record<string, string>> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` }
}

let asking: Promise<boolean> | undefined

/**
 * Asks for a key, once for all requests that wait for one.
 *
 * @returns whether one was given
 */
export function askForKey(): Promise<boolean> {
  asking ??= showDialog().finally(() => {
    asking = undefined
  })
  return asking
}

function showDialog(): Promise<boolean> {
  const dialog = element('key-dialog', HTMLDialogElement)
  const input = element('key', HTMLInputElement)
  if (key !== undefined)
    element('key-reason', HTMLParagraphElement).textContent = 'The server has no such key.'
  input.value = ''
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((resolve) => {
    const close = () => {
      const given = dialog.returnValue === 'use'
      if (given) key = input.value.trim()
      input.value = ''
      resolve(given)
    }
    dialog.addEventListener('close', close, { once: true })
  })
}
