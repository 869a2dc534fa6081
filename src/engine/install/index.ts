/**
 * Engines that are not part of the package: fetching them through the user's `pip` into the user's cache folder, and
 * removing them. It knows packages and folders; which installation an engine takes when it starts is that engine's
 * matter (`../xla/find-plugin.ts`, `../tensorflow/find-package.ts`). `self-test.ts` stands apart: it loads TensorFlow.js.
 */
export { checkDriver } from './check-driver.ts'
export { downloadPlugin, type InstallOptions, installPlugin } from './install-plugin.ts'
export {
  INSTALLABLE,
  type InstallableName,
  type Installation,
  installationFolder,
  MACHINES,
  type Machine,
  readInstallation,
} from './installation.ts'
export type { PluginInstallation } from './packages.ts'
export { removeInstallation } from './staging.ts'
export { downloadTensorFlow, installTensorFlow } from './tensorflow.ts'
export type { TensorFlowInstallation } from './tensorflow-packages.ts'
