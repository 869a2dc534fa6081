import { loadSharp } from '../pictures/load-sharp.ts'

/** Pixels that a character takes. */
export const GLYPH_WIDTH = 8
export const GLYPH_HEIGHT = 16

/** The characters of the strip: space to tilde. */
const FIRST_CHARACTER = 32
const LAST_CHARACTER = 126

/**
 * Draws text where no font can be counted on: small machines and containers have none installed, and SVG text comes
 * out as empty boxes there.
 */
export interface LabelFont {
  /**
   * Writes one line in white on a grey picture, clipped at its edges. Characters outside of ASCII show as `?`.
   * @param left pixels from the left edge to the first character
   * @param top pixels from the upper edge
   */
  draw(text: string, picture: GreyPicture, left: number, top: number): void
}

export interface GreyPicture {
  /** height × width, 0 to 255. */
  readonly data: Uint8Array
  readonly height: number
  readonly width: number
}

/** Loads the built-in font. */
export async function loadLabelFont(): Promise<LabelFont> {
  const sharp = await loadSharp()
  const strip = await sharp(Buffer.from(STRIP, 'base64')).greyscale().raw().toBuffer()
  const stripWidth = GLYPH_WIDTH * (LAST_CHARACTER - FIRST_CHARACTER + 1)
  return {
    draw(text, { data, height, width }, left, top) {
      ;[...text].forEach((character, at) => {
        const code = character.codePointAt(0)!
        const known = code >= FIRST_CHARACTER && code <= LAST_CHARACTER ? code : '?'.charCodeAt(0)
        for (let line = 0; line < GLYPH_HEIGHT; line++) {
          for (let dot = 0; dot < GLYPH_WIDTH; dot++) {
            const [x, y] = [left + at * GLYPH_WIDTH + dot, top + line]
            if (x < 0 || y < 0 || x >= width || y >= height) continue
            data[y * width + x] = strip[line * stripWidth + (known - FIRST_CHARACTER) * GLYPH_WIDTH + dot]!
          }
        }
      })
    },
  }
}

/**
 * The printable ASCII characters side by side, 8 × 16 pixels each: DejaVu Sans Mono at 13.29 pixels, base line 12.5,
 * rasterised to eight greys, as PNG. The font's licence (Bitstream Vera's, changes in the public domain) allows it.
 */
const STRIP =
  'iVBORw0KGgoAAAANSUhEUgAAAvgAAAAQBAMAAACRhBYWAAAAMFBMVEUAAAAzMzOIiIhxcXFbW1sSEhIhISH///++vr5ERESqqqqa' +
  'mprR0dHp6en09PTe3t5zyMbJAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAKiklEQVRYw+2YfXQU1RXA73xmZj+ysx7xk+KQACI9yAi1' +
  'QgAZECwfRiaY48gphAEpm1pMQ23W0lNPVzZStJIzAhoRo8tHrYWqUwi2JlWWRhQFS5CgoCQGNJRQkUWgRwo99N6ZzYZ8iLT84T+8' +
  'k82bvXPvvPt+77177yzApXapfWvN+rYdENGDH91NVwYItiebersnh2UAE9I6XZqgQOE4vKcAXI52y8i2AMRw2ABmAjDhsAJTnwSY' +
  'bXc/7tRxmfGZMD5fnGAwVwDZKwLZMqOBAVDwuwUzw3Q9h9woMIQejAXu2CLZYc/gkOTzzHD4CsYQlDmo2wNVC7Cna/SlB/g3oHfY' +
  'hjvt81nvdVzGRVnz+uFqRk4iYaPb+dZezGqN0YHHvz7nynwJgDfvAJCerAdGhR+Wo2971gH4afxjANfh2LxudH0YmxDP7LDkD8sg' +
  'cGifFfjqLHr2tuE70mhDxQ5temNTvXyowuYP7ejWY/nzvyPAXAOyWyD4yVEb3tjeHGk6ANKRxnruocadQsXiWERhov6mIw4M/IcS' +
  'UfhWfwzgFpV9wEyKUWbfe4p09AuNevOTX1jyvgr19aYjH5m2XDYSYFcDQP50XWy90xA+CzQ2PQBZw6AI9wksLQXotd9zQtK9Tmvz' +
  'iot5U6vTM3IO+Yi73Tty5TfAv+489/hdCrAqMLfq3cDPLkwILx3RNsy1PBcIPh9zHWQ34E4QOvMvUtiYpDLLy4CHgCOC5AD7e8OH' +
  'ZuxJPEXgUwMqmwxqKO+mMZaUYL6ctAUmn4Cgzqb4/YCAq1xtLonWW0An+K5/EMF7d9oEf0QqVGe2ilFfwheTHM7tTXtaIqThaUBd' +
  'gk92cYCh3G7JkRyy4nZDFs6dHsWUgnB8lDeZ9EnvAj8taJen75jfAP/K89yjwRE++NSu8AtHTlzjf6GvstBvA59Kw6fRadTv7PQM' +
  'O7T+CI3H01JGyjH3M7fShR9yF9dUQhqXiliog8fN/YDoHrox7hwkZ4YCubC+lp5TGnAIMVvfBt/U6fs58K9udUcZuvKZuFkjRrPR' +
  'BnV/Tr1psylT8eZC8AM4bi2v18KCfIM5WIJ3SnSCL+734EtaGjJtyMUfG9JfPjLgqrOq8NKCGIw4bbAVW3EjxlVpwB5DXqSCuOgR' +
  'xMD/juBf8/jkBDtxjwGbTgM7FO0GxR0YMugUDNqjFL+9SGV12SkGWLgS4BqfLSeKDfgDt3278/Xwb58N9515ea2vnwp3/PXuPsKn' +
  'FBcU4ofONoP82It2V/h7IevJqaUe/IAKBSN1eBThny2HrPGncWeNAG5zT81UuFIIIE368BWvXpaT0/snh2ghBlrDmRe/C3urINj7' +
  '6US2C1uOSivDCndquXIlLlBk9OXt8PG4uvDHVMfNXnOitDCSw8yn3rR9sdCj7fDZhE8dGqyPQy8MPjUYQuExIPhQ68GfjTPOwL+9' +
  '2JFaixPigZmqb+FzMfbYfQlh7vctupb29nSEWTjozDKEP8oi+M8Vv7WT5OzmniraYV+VhFf+tJx7q1ARK+cYksYnQ7gpVwPkybun' +
  '6wFNbhHD16ng7w4+CamVFwF/+AUQl61TAm8os71jhAyFKMiF4+yCa1b26MAet2fkqoejHnw8xpP/ieGx0uAnXK9HTvXEhx4HoeKQ' +
  'EVID6DmdIA1m7RkHS3JyboDCxa8C/wGsmT76Xbm5yMaYr5i2u9PnYcyPcb8+G6s0lt4caWxsh/+Q48GfcTJuXtsveqUlzpPqBiap' +
  'Nx/baom/OWy0wZebs+1n5771DgTqMTq2IOHdHvwSy4Xfsd2VlBxcMDptGNiybQGTmOZeY1iLuSdfxCnE/+WGnefZxJskp1OPdqUY' +
  'MpPwR+Qa88IOwafFz+P01dB/AWLyOxQlYJrqwWe3YNI1CtKxyAvJ4dahPeDaJm3KmhXaeP7kM+3w5+EpsCG/6UiDK8tb7dlhbDGX' +
  'P1HmwpcxLME9zv1WJRr4k6Yml4LcAhRv5U8+zsz2lo1tV1MeAEmFzU/DRPaRe1ScSEtW285Ph51Ka8W8DmFn2HwPvi8RN8M7o+5C' +
  'bevjLpiZuwj9vCPZBh9an4OSSdUHIb/OO9nTdQ8+7bpO8OX3/pOSNGGej8KewcUi27fPI/h0TSAz8L/Y4sJ/lnXKSW4qTBnaRU0F' +
  'dfBwiU1rMvCZliLl+UDyFIRSIOzHNI8bjf2V4cEX3lbH9/98bzrzKW634/Ojm0HsHZ0pvrN+Pawd7AojVAJG04uUPi7LJnj9ZMzR' +
  'Ot/swq+ixMU333n2wxOIrj5L96CZBI+ZXZ9Jsm+UQ35jYwM8c9gGn+7CDz34YCqow2eYMBEk19wGP2ILHeErmwwXPkDcVOqiBJl0' +
  'qTdtskZHUDfLxoVfNQCyqieVCg29LNd+LXjwmZYu8IMan5JUTOAE30L4V8yxXPgW2xH+yW0d4GcpTCnZZSno7SpaxRu1NviUQ7Ov' +
  'ergZqpDxKixmeiGfaZrHkNuC1cjUdOZOVzGcegwEsW8UeLV4BMzwarEgGsn17fD5dPqn5EmbysGYhXNm3HVkUwXhH2Bhj1WIiotS' +
  'ZGPSxF1IVZCbcKleHrG3AGvuqjocUzRgTWjYuxFLjAZ1cT6bIsQBpw1+wGmHb0ClEVFmOGn4daYyORpS2RTpUm/afIsACB11Md6m' +
  'YHw5hD64P+WPoQD/KOq48GFBF/im5UtJMb6ZS9Fm8mE4oRSmYREgdYQfw6SdbWfgUzEhJfjmkOb34AOGlwgdLvw+NA7S6ryY0JBv' +
  'QVUchBPp8O7GfKdTwqXa46l6kNY9nsA6LD6jfJQH360b0zmB4raU8q4xedKayD+73hZrfrkxuK1W/Wnun1Gh0piW+7IiHxipAhbb' +
  'vl2jHD53seUmW882nPmHE5wo1owdhckh+NvXY8KZwcnI2n2GtK12I8FnDg8/SPC5Tae153O3Ukia7z9d+5q384NR/sCNOsGnHvPF' +
  'l8ENAx2aC7sLx8Y476sPJioVsZVk6F+1B7/K6Aw/sGZTSnp/lCpsvS3G7hoY4w+MSZJv/IFXXPh8Xp3mwecPgv9veht8/tNbden9' +
  'kSrXMNKFz/bBgiO0Wud3DUpCyUFgoxHVLXNDZeA/PkTvvtrhvaKfvRv7JVQy3GsLef3GegERgYXOeUMNqpmFcGvgFa+BmJPTl83J' +
  '0fiaG1Awy+Bq+qG8GoCeMKkamAH9vIULdqqW8PUxoLtqY9mcYZj31ulTcrHMxee575mzVllTLLEvftcLa26GKRYMkbFSWgowbIrB' +
  '96WxXddXfEX3lsoDqr254Jg0nqzzOj2bZOhfHw8+Uu0EXxxwk8YvwXh9V60NE2/Q4LJVNnCou+S2BG8zGof+EHz06Xv0lnqvbI8m' +
  'OY0jDcaxJuYm6VcAZsBreLIH65B3k0bjo6VyGUBv2vE0h+7hd/Ck8w183R1/zteS9peMYuN/fLsu6fqCIr47RL/430dmaBeklrWA' +
  'dpMD/UsvSF04l5Lc3K2O9xKGoel8rSi9efkGi+CL+V83ZaHz7zBYEZ1bYP74Ihh1Zyvn2BcPX7gwNfkJr7/6wobk//14Znv5K7T/' +
  'G77/o7ar4TrB56sv/Z4JOdjOq3B5+yIxT3WvwljpHxjP0xila4in9l+BgmTbeH5jtAAAAABJRU5ErkJggg=='
