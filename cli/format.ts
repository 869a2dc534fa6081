/** Seconds for a person: `8 s`, `3 min 20 s`, `2 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** A number with three significant digits where it is small and none behind the point where it is large. */
export function count(value: number): string {
  if (Number.isInteger(value) || value >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(3)
}

/** A fraction of one as a percentage with one digit; null (not defined) as a dash. */
export function percent(fraction: number | null | undefined): string {
  return fraction == null || Number.isNaN(fraction) ? '–' : `${(100 * fraction).toFixed(1)} %`
}

/** What stands flush right in a table: numbers, with their unit, and the dash for none. */
const NUMERIC = /^([–+-]?[\d.,]+( ?[%s])?|–|)$/

/** Lines up columns, separated by two spaces: numbers flush right, words flush left. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (column: number) => rows.map((row) => row[column] ?? '')
  const columns = header.map((title, column) => ({
    width: Math.max(title.length, ...cells(column).map((cell) => cell.length)),
    right: cells(column).every((cell) => NUMERIC.test(cell)),
  }))
  const line = (row: readonly string[]) =>
    columns
      .map(({ width, right }, column) => {
        const cell = row[column] ?? ''
        return right ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return `${[line(header), columns.map(({ width }) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n')}\n`
}
