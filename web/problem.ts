/** Something that went wrong, in words for the person at the page. */
export class Problem extends Error {}
