/** The bytes of the WebAssembly module that the build makes of an AssemblyScript file. */
declare module "*.as" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
