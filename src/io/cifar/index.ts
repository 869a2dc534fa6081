/**
 * CIFAR-10 in any of the forms that it goes by: the binary version, folders of pictures, and tars of either. Whatever
 * the form, the pictures go once into a flat cache (../cache) and are read from there. The version for Python (pickle)
 * is refused.
 */
export { CIFAR10 } from './cifar10-classes.ts'
export { isCifar10 } from './is-cifar10.ts'
export { openCifar10 } from './open-cifar10.ts'
