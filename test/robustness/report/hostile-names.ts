/** Names that break out of carelessly written markup, tables and terminals. */
export const HOSTILE_NAMES: readonly string[] = [
  `<script>alert("1")</script>&amp; 'quoted'`,
  '50% of_the $models #1 {x} \\end{table} ~^ é ð Þ 銀河',
  '=cmd|"/c calc"\nsecond line\r\nthird, \u001b[31mred\u202e',
  `${'long/'.repeat(60)}end`,
]
