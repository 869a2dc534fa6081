import { PureGalaxyError } from '../../errors.ts'
import { type Accelerators, findAccelerators, OLDEST_DRIVER } from '../xla/plugin-platform.ts'
import type { InstallableName } from './installation.ts'

/**
 * Looks whether this machine's driver suits an installation, before gigabytes are fetched for it. A machine without the driver
 * is no mistake: the node of a cluster on which one installs often has no accelerator.
 *
 * @returns null where the plugin can be tried here, else a sentence that says why it cannot
 * @throws PureGalaxyError `engine.driver` where NVIDIA's driver is too old for that CUDA
 */
export async function checkDriver(
  name: InstallableName,
  accelerators?: Accelerators,
): Promise<string | null> {
  if (name === 'xla-cpu' || name === 'tensorflow') return null
  const { nvidiaDriver, amd } = accelerators ?? (await findAccelerators())
  if (name === 'xla-rocm') return amd ? null : 'not tested: this machine has no AMD accelerator (no /dev/kfd)'
  if (nvidiaDriver === null) return "not tested: NVIDIA's driver is not loaded on this machine"
  const cuda = name === 'xla-cuda13' ? 'cuda13' : 'cuda12'
  if (nvidiaDriver > 0 && nvidiaDriver < OLDEST_DRIVER[cuda])
    throw new PureGalaxyError(
      'engine.driver',
      `NVIDIA's driver ${nvidiaDriver} is too old for ${name}, which wants ${OLDEST_DRIVER[cuda]} or newer. ` +
        (cuda === 'cuda13' && nvidiaDriver >= OLDEST_DRIVER.cuda12
          ? 'Install xla-cuda12, or update the driver.'
          : 'Update the driver.'),
    )
  return null
}
