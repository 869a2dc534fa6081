/** The parts of WebAssembly's interface that this folder uses; TypeScript has it among the DOM's, which there is none of here. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>
  class Instance {
    constructor(module: Module, imports?: Imports)
    readonly exports: Readonly<Record<string, unknown>>
  }
  interface Memory {
    readonly buffer: ArrayBuffer
  }
  class RuntimeError extends Error {}
}
