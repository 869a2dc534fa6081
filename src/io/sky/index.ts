/**
 * Positions on the celestial sphere: how far apart two are, which lie close together, which are the same. Everything
 * is done with unit vectors in three dimensions, so that nothing special happens at the poles or across right
 * ascension 0. Catalogues and pictures are not known here; coordinates are degrees, radii arcseconds.
 */
export { angularSeparation } from './angular-separation.ts'
export { type DuplicateOptions, duplicatePositions, SAME_POSITION_ARCSEC } from './duplicate-positions.ts'
export { GROUP_RADIUS_ARCSEC, groupBySkyPosition, type SkyGroups } from './group-by-sky-position.ts'
export { checkCoordinates, type SkyCoordinates } from './sky-coordinates.ts'
