/**
 * Simulated galaxies: draws the light of the ten classes of Galaxy10 DECaLS with their surroundings, and takes it
 * through atmosphere, exposure and the survey's stretch to pictures with labels. Writes no files, and knows nothing of
 * models; what is drawn, and where it differs from nature, stands in `docs/simulator.md`.
 */
export {
  GalaxySimulator,
  type SimulatedGalaxy,
  type SimulationOptions,
  simulateGalaxies,
} from './simulate-galaxies.ts'
