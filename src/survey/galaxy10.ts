/** A set of classes: display names and the slugs that files and columns use. */
export interface ClassScheme {
  readonly names: readonly string[]
  readonly slugs: readonly string[]
}

const scheme = (...classes: [name: string, slug: string][]): ClassScheme => ({
  names: classes.map(([name]) => name),
  slugs: classes.map(([, slug]) => slug),
})

/** Galaxy10 DECaLS (Leung and Bovy), classes 0 to 9. */
export const GALAXY10_DECALS: ClassScheme = scheme(
  ['Disturbed', 'disturbed'],
  ['Merging', 'merging'],
  ['Round Smooth', 'round_smooth'],
  ['In-between Round Smooth', 'in_between_round_smooth'],
  ['Cigar Shaped Smooth', 'cigar_shaped_smooth'],
  ['Barred Spiral', 'barred_spiral'],
  ['Unbarred Tight Spiral', 'unbarred_tight_spiral'],
  ['Unbarred Loose Spiral', 'unbarred_loose_spiral'],
  ['Edge-on without Bulge', 'edge_on_without_bulge'],
  ['Edge-on with Bulge', 'edge_on_with_bulge'],
)

/** The older Galaxy10 SDSS, classes 0 to 9. */
export const GALAXY10_SDSS: ClassScheme = scheme(
  ['Disk, Face-on, No Spiral', 'disk_face_on_no_spiral'],
  ['Smooth, Completely Round', 'smooth_round'],
  ['Smooth, In-between Round', 'smooth_in_between'],
  ['Smooth, Cigar Shaped', 'smooth_cigar'],
  ['Disk, Edge-on, Rounded Bulge', 'edge_on_rounded_bulge'],
  ['Disk, Edge-on, Boxy Bulge', 'edge_on_boxy_bulge'],
  ['Disk, Edge-on, No Bulge', 'edge_on_no_bulge'],
  ['Disk, Face-on, Tight Spiral', 'tight_spiral'],
  ['Disk, Face-on, Medium Spiral', 'medium_spiral'],
  ['Disk, Face-on, Loose Spiral', 'loose_spiral'],
)
